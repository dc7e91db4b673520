package io.pallium.promql.parse;

import io.pallium.model.LabelMatcher;
import io.pallium.model.Labels;
import io.pallium.promql.ast.AggregateExpr;
import io.pallium.promql.ast.BinaryExpr;
import io.pallium.promql.ast.Call;
import io.pallium.promql.ast.DurationExpr;
import io.pallium.promql.ast.DurationOperand;
import io.pallium.promql.ast.Expr;
import io.pallium.promql.ast.MatrixSelector;
import io.pallium.promql.ast.NumberLiteral;
import io.pallium.promql.ast.ParenExpr;
import io.pallium.promql.ast.StringLiteral;
import io.pallium.promql.ast.SubqueryExpr;
import io.pallium.promql.ast.TimeModifiers;
import io.pallium.promql.ast.UnaryExpr;
import io.pallium.promql.ast.VectorMatching;
import io.pallium.promql.ast.VectorMatching.Cardinality;
import io.pallium.promql.ast.VectorMatching.FillValues;
import io.pallium.promql.ast.VectorSelector;
import io.pallium.promql.ast.VectorSelector.Edges;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Prints a tree as one line in the normal form of Prometheus. What is printed parses to the same
/// tree, but for durations under a millisecond, which the form cannot express, and for those that
/// [DurationExpressions][io.pallium.promql.ast.DurationExpressions] has resolved.
public final class ExprPrinter {
  private final StringBuilder out = new StringBuilder();

  private ExprPrinter() {}

  /// The expression on one line.
  public static String print(Expr expr) {
    ExprPrinter printer = new ExprPrinter();
    printer.write(expr);
    return printer.out.toString();
  }

  /// The operator, its labels, and nothing of the arguments.
  static String head(AggregateExpr aggregate) {
    ExprPrinter printer = new ExprPrinter();
    printer.writeHead(aggregate);
    return printer.out.toString();
  }

  /// The operator, `bool` and how vectors match, and nothing of the operands.
  static String head(BinaryExpr binary) {
    ExprPrinter printer = new ExprPrinter();
    printer.writeHead(binary);
    return printer.out.toString();
  }

  /// The brackets and what follows them.
  static String tail(SubqueryExpr subquery) {
    ExprPrinter printer = new ExprPrinter();
    printer.writeTail(subquery);
    return printer.out.toString();
  }

  private void write(Expr expr) {
    switch (expr) {
      case NumberLiteral number -> write(number);
      case StringLiteral string -> out.append(quote(string.value()));
      case VectorSelector vector -> write(vector);
      case MatrixSelector matrix -> write(matrix);
      case ParenExpr paren -> {
        out.append('(');
        write(paren.expr());
        out.append(')');
      }
      case UnaryExpr unary -> {
        out.append(unary.op().symbol());
        write(unary.expr());
      }
      case SubqueryExpr subquery -> {
        write(subquery.expr());
        writeTail(subquery);
      }
      case BinaryExpr binary -> {
        write(binary.lhs());
        out.append(' ');
        writeHead(binary);
        out.append(' ');
        write(binary.rhs());
      }
      case AggregateExpr aggregate -> write(aggregate);
      case Call call -> write(call);
    }
  }

  private void write(NumberLiteral number) {
    if (!number.isDuration()) {
      out.append(GoText.decimal(number.value()));
      return;
    }
    if (number.value() < 0) {
      out.append('-');
    }
    out.append(
        PrometheusDuration.format(Duration.ofNanos((long) (Math.abs(number.value()) * 1e9))));
  }

  private void write(Call call) {
    out.append(call.function().name()).append('(');
    for (int i = 0; i < call.args().size(); i++) {
      out.append(i > 0 ? ", " : "");
      write(call.args().get(i));
    }
    out.append(')');
  }

  private void write(AggregateExpr aggregate) {
    writeHead(aggregate);
    out.append('(');
    Expr param = aggregate.param();
    if (param != null) {
      write(param);
      out.append(", ");
    }
    write(aggregate.expr());
    out.append(')');
  }

  private void writeHead(AggregateExpr aggregate) {
    out.append(aggregate.op().text());
    if (aggregate.without() || !aggregate.grouping().isEmpty()) {
      out.append(aggregate.without() ? " without (" : " by (");
      writeLabels(aggregate.grouping());
      out.append(") ");
    }
  }

  private void writeHead(BinaryExpr binary) {
    out.append(binary.op().symbol());
    if (binary.returnBool()) {
      out.append(" bool");
    }
    VectorMatching matching = binary.matching();
    if (matching != null) {
      writeMatching(matching);
      writeFill(matching.fill());
    }
  }

  private void writeMatching(VectorMatching matching) {
    boolean isManyToOne = matching.cardinality() == Cardinality.MANY_TO_ONE;
    boolean isGrouped = isManyToOne || matching.cardinality() == Cardinality.ONE_TO_MANY;
    if (matching.on() || !matching.labels().isEmpty() || isGrouped) {
      out.append(matching.on() ? " on (" : " ignoring (");
      writeLabels(matching.labels());
      out.append(')');
    }
    if (isGrouped) {
      out.append(isManyToOne ? " group_left (" : " group_right (");
      writeLabels(matching.include());
      out.append(')');
    }
  }

  private void writeFill(FillValues fill) {
    Double left = fill.left();
    Double right = fill.right();
    if (left != null && right != null && left.doubleValue() == right.doubleValue()) {
      out.append(" fill (").append(GoText.shortest(left)).append(')');
      return;
    }
    if (left != null) {
      out.append(" fill_left (").append(GoText.shortest(left)).append(')');
    }
    if (right != null) {
      out.append(" fill_right (").append(GoText.shortest(right)).append(')');
    }
  }

  private void writeLabels(List<String> names) {
    for (int i = 0; i < names.size(); i++) {
      out.append(i > 0 ? ", " : "").append(name(names.get(i)));
    }
  }

  private void write(VectorSelector vector) {
    writeSeries(vector);
    writeAt(vector.modifiers());
    writeEdges(vector.edges());
    writeOffset(vector.modifiers());
  }

  private void writeSeries(VectorSelector vector) {
    out.append(vector.name());
    List<String> matchers = new ArrayList<>();
    for (LabelMatcher matcher : vector.matchers()) {
      boolean isTheName =
          matcher.name().equals(Labels.METRIC_NAME)
              && matcher.type() == LabelMatcher.Type.EQUAL
              && matcher.value().equals(vector.name())
              && !matcher.value().isEmpty();
      if (!isTheName) {
        matchers.add(name(matcher.name()) + matcher.type().text() + quote(matcher.value()));
      }
    }
    // Intended: braces even if nothing is in them, where Prometheus prints nothing at all.
    if (!matchers.isEmpty() || vector.name().isEmpty()) {
      Collections.sort(matchers);
      out.append('{').append(String.join(",", matchers)).append('}');
    }
  }

  private void write(MatrixSelector matrix) {
    VectorSelector vector = matrix.vector();
    writeSeries(vector);
    out.append('[');
    write(matrix.range(), matrix.rangeExpr());
    out.append(']');
    writeEdges(vector.edges());
    writeAt(vector.modifiers());
    writeOffset(vector.modifiers());
  }

  private void writeTail(SubqueryExpr subquery) {
    out.append('[');
    write(subquery.range(), subquery.rangeExpr());
    out.append(':');
    if (!subquery.step().isZero() || subquery.stepExpr() != null) {
      write(subquery.step(), subquery.stepExpr());
    }
    out.append(']');
    writeAt(subquery.modifiers());
    writeOffset(subquery.modifiers());
  }

  private void write(Duration literal, @Nullable DurationExpr computed) {
    if (computed == null) {
      out.append(PrometheusDuration.format(literal));
    } else {
      write(computed);
    }
  }

  private void writeEdges(Edges edges) {
    if (edges != Edges.PLAIN) {
      out.append(' ').append(edges.keyword());
    }
  }

  private void writeAt(TimeModifiers modifiers) {
    Long timestampMs = modifiers.timestampMs();
    if (timestampMs != null) {
      out.append(" @ ").append(GoText.fixed(timestampMs / 1000.0, 3));
    } else if (modifiers.boundary() != null) {
      boolean isStart = modifiers.boundary() == TimeModifiers.Boundary.START;
      out.append(isStart ? " @ start()" : " @ end()");
    }
  }

  private void writeOffset(TimeModifiers modifiers) {
    if (!modifiers.hasOffset()) {
      return;
    }
    out.append(" offset ");
    DurationExpr computed = modifiers.originalOffsetExpr();
    if (computed != null) {
      write(computed);
      return;
    }
    Duration offset = modifiers.originalOffset();
    out.append(offset.isNegative() ? "-" : "").append(PrometheusDuration.format(offset.abs()));
  }

  private void write(DurationExpr expr) {
    if (expr.isWrapped()) {
      out.append('(');
    }
    switch (expr.op()) {
      case STEP, RANGE -> out.append(expr.op().symbol()).append("()");
      case MIN_OF, MAX_OF -> {
        out.append(expr.op().symbol()).append('(');
        write(expr.lhs());
        out.append(", ");
        write(expr.rhs());
        out.append(')');
      }
      case ADD, SUB, MUL, DIV, MOD, POW -> writeOperator(expr);
    }
    if (expr.isWrapped()) {
      out.append(')');
    }
  }

  private void writeOperator(DurationExpr expr) {
    if (expr.lhs() != null) {
      write(expr.lhs());
      out.append(' ').append(expr.op().symbol()).append(' ');
    } else if (expr.op() == DurationExpr.Op.SUB) {
      out.append('-');
    }
    write(expr.rhs());
  }

  private void write(@Nullable DurationOperand operand) {
    switch (operand) {
      case null -> {}
      case NumberLiteral number -> write(number);
      case DurationExpr expr -> write(expr);
    }
  }

  /// A label name, in quotes if it would not be read as one otherwise.
  private static String name(String name) {
    boolean isPlain = !name.isEmpty() && !(name.charAt(0) >= '0' && name.charAt(0) <= '9');
    for (int i = 0; i < name.length() && isPlain; i++) {
      char c = name.charAt(i);
      isPlain =
          c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    }
    return isPlain ? name : quote(name);
  }

  /// As Go quotes, but U+FFFD is escaped, since the lexer takes it for broken UTF-8.
  private static String quote(String text) {
    return GoText.quote(text).replace("\uFFFD", "\\ufffd");
  }
}
