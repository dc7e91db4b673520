package io.pallium.promql.parse;

import io.pallium.base.BadRequestException;
import io.pallium.model.LabelMatcher;
import io.pallium.model.Labels;
import io.pallium.promql.ast.AggregateExpr;
import io.pallium.promql.ast.AggregateOp;
import io.pallium.promql.ast.BinaryExpr;
import io.pallium.promql.ast.Call;
import io.pallium.promql.ast.Expr;
import io.pallium.promql.ast.FunctionSignature;
import io.pallium.promql.ast.MatrixSelector;
import io.pallium.promql.ast.NumberLiteral;
import io.pallium.promql.ast.ParenExpr;
import io.pallium.promql.ast.StringLiteral;
import io.pallium.promql.ast.SubqueryExpr;
import io.pallium.promql.ast.UnaryExpr;
import io.pallium.promql.ast.ValueType;
import io.pallium.promql.ast.VectorMatching;
import io.pallium.promql.ast.VectorMatching.Cardinality;
import io.pallium.promql.ast.VectorSelector;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Checks that the parts of a tree fit together, and completes what depends on their types:
/// matching of vectors only between vectors, many-to-many matching for set operators. The first
/// misfit in the order of Prometheus is reported.
final class TypeChecker {
  private final byte[] query;

  TypeChecker(byte[] query) {
    this.query = query;
  }

  /// The checked and completed tree.
  ///
  /// @throws BadRequestException if a part does not fit
  Expr check(Expr expr) {
    return switch (expr) {
      case NumberLiteral number -> number;
      case StringLiteral string -> string;
      case VectorSelector vector -> check(vector);
      case MatrixSelector matrix ->
          new MatrixSelector(
              check(matrix.vector()), matrix.range(), matrix.rangeExpr(), matrix.position());
      case ParenExpr paren -> new ParenExpr(check(paren.expr()), paren.position());
      case UnaryExpr unary -> check(unary);
      case SubqueryExpr subquery -> check(subquery);
      case BinaryExpr binary -> check(binary);
      case AggregateExpr aggregate -> check(aggregate);
      case Call call -> check(call);
    };
  }

  private VectorSelector check(VectorSelector vector) {
    List<LabelMatcher> matchers = vector.matchers();
    if (vector.name().isEmpty()) {
      boolean isSelective =
          vector.isLabelSelector() || matchers.stream().anyMatch(m -> !m.matchesEmpty());
      if (!isSelective) {
        throw failure(vector, "vector selector must contain at least one non-empty matcher");
      }
      return vector;
    }
    for (LabelMatcher matcher : matchers.subList(0, matchers.size() - 1)) {
      if (matcher.name().equals(Labels.METRIC_NAME)) {
        throw failure(
            vector,
            "metric name must not be set twice: "
                + GoText.quote(vector.name())
                + " or "
                + GoText.quote(matcher.value()));
      }
    }
    return vector;
  }

  private UnaryExpr check(UnaryExpr unary) {
    Expr expr = check(unary.expr());
    if (!isScalarOrVector(expr)) {
      throw failure(
          unary,
          "unary expression only allowed on expressions of type scalar or instant vector, got "
              + GoText.quote(expr.type().documentedName()));
    }
    return new UnaryExpr(unary.op(), expr, unary.position());
  }

  private SubqueryExpr check(SubqueryExpr s) {
    Expr expr = check(s.expr());
    if (expr.type() != ValueType.VECTOR) {
      throw failure(
          s,
          "subquery is only allowed on instant vector, got " + expr.type().apiName() + " instead");
    }
    return new SubqueryExpr(
        expr, s.range(), s.rangeExpr(), s.step(), s.stepExpr(), s.modifiers(), s.position());
  }

  private AggregateExpr check(AggregateExpr a) {
    Expr expr = checkedAs(ValueType.VECTOR, a.expr(), "aggregation expression");
    Expr param = a.param();
    if (param != null) {
      ValueType type = a.op() == AggregateOp.COUNT_VALUES ? ValueType.STRING : ValueType.SCALAR;
      param = checkedAs(type, param, "aggregation parameter");
    }
    return new AggregateExpr(a.op(), expr, param, a.grouping(), a.without(), a.position());
  }

  private Expr checkedAs(ValueType wanted, Expr unchecked, String context) {
    Expr expr = check(unchecked);
    if (expr.type() != wanted) {
      throw failure(expr, expectedType(wanted, context, expr));
    }
    return expr;
  }

  private static String expectedType(ValueType wanted, String context, Expr got) {
    return "expected type "
        + wanted.documentedName()
        + " in "
        + context
        + ", got "
        + got.type().documentedName();
  }

  private BinaryExpr check(BinaryExpr unchecked) {
    Expr lhs = check(unchecked.lhs());
    Expr rhs = check(unchecked.rhs());
    BinaryExpr binary =
        new BinaryExpr(unchecked.op(), lhs, rhs, unchecked.matching(), unchecked.returnBool());
    checkOperator(binary);
    VectorMatching matching = binary.matching();
    if (matching != null) {
      matching = checkedMatching(binary, matching);
    }
    return new BinaryExpr(binary.op(), lhs, rhs, matching, binary.returnBool());
  }

  private void checkOperator(BinaryExpr binary) {
    boolean isComparison = binary.op().isComparison();
    if (binary.returnBool() && !isComparison) {
      throw failureAtOperator(binary, "bool modifier can only be used on comparison operators");
    }
    if (isComparison && !binary.returnBool() && binary.type() == ValueType.SCALAR) {
      throw failureAtOperator(binary, "comparisons between scalars must use BOOL modifier");
    }
  }

  private @Nullable VectorMatching checkedMatching(BinaryExpr binary, VectorMatching matching) {
    for (String label : matching.labels()) {
      if (matching.on() && matching.include().contains(label)) {
        throw failureAtOperator(
            binary,
            "label " + GoText.quote(label) + " must not occur in ON and GROUP clause at once");
      }
    }
    for (Expr operand : List.of(binary.lhs(), binary.rhs())) {
      if (!isScalarOrVector(operand)) {
        throw failure(
            operand, "binary expression must contain only scalar and instant vector types");
      }
    }
    boolean isBetweenVectors =
        binary.lhs().type() == ValueType.VECTOR && binary.rhs().type() == ValueType.VECTOR;
    if (!isBetweenVectors) {
      checkWithScalar(binary, matching);
      return null;
    }
    return binary.op().isSet() ? checkedForSets(binary, matching) : matching;
  }

  private void checkWithScalar(BinaryExpr binary, VectorMatching matching) {
    if (!matching.labels().isEmpty()) {
      throw failure(binary, "vector matching only allowed between instant vectors");
    }
    if (!matching.fill().isEmpty()) {
      throw failure(binary, "filling in missing series only allowed between instant vectors");
    }
    if (binary.op().isSet()) {
      String op = GoText.quote(binary.op().symbol());
      throw failure(binary, "set operator " + op + " not allowed in binary scalar expression");
    }
  }

  private VectorMatching checkedForSets(BinaryExpr binary, VectorMatching matching) {
    if (matching.cardinality() != Cardinality.ONE_TO_ONE) {
      String op = GoText.quote(binary.op().symbol());
      throw failure(binary, "no grouping allowed for " + op + " operation");
    }
    if (!matching.fill().isEmpty()) {
      throw failure(binary, "filling in missing series not allowed for set operators");
    }
    return matching.withCardinality(Cardinality.MANY_TO_MANY);
  }

  private Call check(Call call) {
    FunctionSignature function = call.function();
    checkCount(call);
    List<Expr> args = new ArrayList<>(call.args());
    if (function.name().equals("info") && args.size() > 1) {
      args.set(1, labelSelector(call, args.get(1)));
    }
    for (int i = 0; i < args.size(); i++) {
      int last = function.argTypes().size() - 1;
      ValueType wanted = function.argTypes().get(Math.min(i, last));
      String context = "call to function " + GoText.quote(function.name());
      args.set(i, checkedAs(wanted, args.get(i), context));
    }
    return new Call(function, args, call.position());
  }

  private void checkCount(Call call) {
    FunctionSignature function = call.function();
    int given = call.args().size();
    int declared = function.argTypes().size();
    int min = function.variadic() == 0 ? declared : declared - 1;
    int max = function.variadic() < 0 ? Integer.MAX_VALUE : min + function.variadic();
    if (given >= min && given <= max) {
      return;
    }
    String bound = function.variadic() == 0 ? "" : given < min ? "at least " : "at most ";
    throw failure(
        call,
        "expected "
            + bound
            + (given < min ? min : max)
            + " argument(s) in call to "
            + GoText.quote(function.name())
            + ", got "
            + given);
  }

  private VectorSelector labelSelector(Call info, Expr arg) {
    if (arg.type() != ValueType.VECTOR) {
      throw failure(info, expectedType(ValueType.VECTOR, "call to function \"info\"", arg));
    }
    if (!(arg instanceof VectorSelector v)) {
      throw failure(arg, "expected label selectors only");
    }
    if (!v.name().isEmpty()) {
      throw failure(arg, "expected label selectors only, got vector selector instead");
    }
    return new VectorSelector(v.name(), v.matchers(), v.modifiers(), v.edges(), true, v.position());
  }

  private static boolean isScalarOrVector(Expr expr) {
    return expr.type() == ValueType.SCALAR || expr.type() == ValueType.VECTOR;
  }

  private BadRequestException failure(Expr at, String message) {
    return ParseFailure.at(query, at.position().start(), message);
  }

  private BadRequestException failureAtOperator(BinaryExpr binary, String message) {
    int start = binary.lhs().position().end();
    while (start < query.length && " \t\n\r".indexOf(query[start]) >= 0) {
      start++;
    }
    return ParseFailure.at(query, start, message);
  }
}
