package io.pallium.promql.parse;

import io.pallium.base.memory.MemoryBudget;
import io.pallium.model.LabelMatcher;
import io.pallium.promql.ast.AggregateExpr;
import io.pallium.promql.ast.BinaryExpr;
import io.pallium.promql.ast.Call;
import io.pallium.promql.ast.Expr;
import io.pallium.promql.ast.MatrixSelector;
import io.pallium.promql.ast.NumberLiteral;
import io.pallium.promql.ast.ParenExpr;
import io.pallium.promql.ast.StringLiteral;
import io.pallium.promql.ast.SubqueryExpr;
import io.pallium.promql.ast.UnaryExpr;
import io.pallium.promql.ast.VectorSelector;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Prints a tree over several lines in the form of Prometheus: an expression that fits into 100
/// bytes stays on one line, a longer one is opened, and what it holds goes one level to the right.
public final class ExprPrettyPrinter {
  private static final int MAX_LINE_BYTES = 100;
  private static final String INDENT = "  ";

  /// What a character of the text takes while it grows and is copied.
  private static final long BYTES_PER_CHAR = 4;

  private static final int RESERVED_CHARS = 16 * 1024;

  private final StringBuilder out = new StringBuilder();
  private final MemoryBudget budget;
  private int reserved;

  private ExprPrettyPrinter(MemoryBudget budget) {
    this.budget = budget;
  }

  /// The expression, without a line break at the end. Deep levels of long arguments make it many
  /// times as long as it was.
  ///
  /// @param budget what the text is reserved from while it grows; the caller releases it
  /// @throws io.pallium.base.LimitExceededException if it needs more than there is
  public static String print(Expr expr, MemoryBudget budget) {
    ExprPrettyPrinter printer = new ExprPrettyPrinter(budget);
    printer.write(expr, 0, true);
    return printer.out.toString();
  }

  /// @param isIndented whether the first line is indented as well
  private void write(Expr expr, int level, boolean isIndented) {
    switch (expr) {
      case NumberLiteral _, StringLiteral _, VectorSelector _, MatrixSelector _ ->
          line(ExprPrinter.print(expr), level, isIndented);
      case UnaryExpr unary -> {
        line(unary.op().symbol(), level, isIndented);
        write(unary.expr(), level, false);
      }
      case SubqueryExpr subquery -> {
        if (isShort(subquery)) {
          // Intended: Prometheus does not indent a short sub-query.
          line(ExprPrinter.print(subquery), level, false);
        } else {
          write(subquery.expr(), level, isIndented);
          append(ExprPrinter.tail(subquery));
        }
      }
      case ParenExpr _, AggregateExpr _, Call _, BinaryExpr _ -> {
        if (isShort(expr)) {
          line(ExprPrinter.print(expr), level, isIndented);
        } else {
          open(expr, level, isIndented);
        }
      }
    }
  }

  private void open(Expr expr, int level, boolean isIndented) {
    switch (expr) {
      case ParenExpr paren -> call("", List.of(paren.expr()), level, isIndented);
      case AggregateExpr a -> call(ExprPrinter.head(a), arguments(a), level, isIndented);
      case Call call -> call(call.function().name(), call.args(), level, isIndented);
      case BinaryExpr b -> {
        write(b.lhs(), level + 1, isIndented);
        append("\n");
        line(ExprPrinter.head(b), level, true);
        append("\n");
        write(b.rhs(), level + 1, true);
      }
      default -> throw new AssertionError("BUG: cannot be opened: " + expr);
    }
  }

  private void call(String head, List<Expr> args, int level, boolean isIndented) {
    line(head, level, isIndented);
    append("(\n");
    for (int i = 0; i < args.size(); i++) {
      append(i > 0 ? ",\n" : "");
      write(args.get(i), level + 1, true);
    }
    append("\n");
    line(")", level, true);
  }

  private static List<Expr> arguments(AggregateExpr aggregate) {
    Expr param = aggregate.param();
    return param == null ? List.of(aggregate.expr()) : List.of(param, aggregate.expr());
  }

  private void line(String text, int level, boolean isIndented) {
    for (int i = 0; i < level && isIndented; i++) {
      append(INDENT);
    }
    append(text);
  }

  private void append(String text) {
    int end = out.length() + text.length();
    if (end > reserved) {
      int more = end - reserved + RESERVED_CHARS;
      budget.reserve(more * BYTES_PER_CHAR);
      reserved += more;
    }
    out.append(text);
  }

  private static boolean isShort(Expr expr) {
    return leastChars(expr, MAX_LINE_BYTES) <= MAX_LINE_BYTES
        && ExprPrinter.print(expr).getBytes(StandardCharsets.UTF_8).length <= MAX_LINE_BYTES;
  }

  /// The least that an expression takes on one line. Looks no further than it must to be over the
  /// limit, so that a long expression is not printed on each of its levels to be measured.
  private static long leastChars(Expr expr, long limit) {
    return switch (expr) {
      case NumberLiteral _ -> 1;
      case StringLiteral string -> 2L + string.value().length();
      case VectorSelector vector -> leastChars(vector, limit);
      case MatrixSelector matrix -> 3 + leastChars(matrix.vector(), limit);
      case ParenExpr paren -> 2 + leastChars(paren.expr(), limit);
      case UnaryExpr unary -> 1 + leastChars(unary.expr(), limit);
      case SubqueryExpr subquery -> 3 + leastChars(subquery.expr(), limit);
      case BinaryExpr binary -> leastChars(List.of(binary.lhs(), binary.rhs()), 2, limit);
      case AggregateExpr a -> leastChars(arguments(a), 5L + a.grouping().size(), limit);
      case Call call -> leastChars(call.args(), 2, limit);
    };
  }

  private static long leastChars(List<Expr> parts, long around, long limit) {
    long chars = around;
    for (int i = 0; i < parts.size() && chars <= limit; i++) {
      chars += 1 + leastChars(parts.get(i), limit - chars);
    }
    return chars - 1;
  }

  private static long leastChars(VectorSelector vector, long limit) {
    long chars = vector.name().length();
    for (int i = 0; i < vector.matchers().size() && chars <= limit; i++) {
      LabelMatcher matcher = vector.matchers().get(i);
      boolean isName = matcher.value().equals(vector.name());
      chars += isName ? 0 : matcher.name().length() + 3L + matcher.value().length();
    }
    return chars;
  }
}
