package io.pallium.promql.ast;

import java.util.ArrayList;
import java.util.List;

/// Finds the selectors of an expression.
public final class Selectors {
  private Selectors() {}

  /// All instant selectors, those of range selectors included, from left to right.
  public static List<VectorSelector> of(Expr expr) {
    List<VectorSelector> found = new ArrayList<>();
    collect(expr, found);
    return found;
  }

  private static void collect(Expr expr, List<VectorSelector> into) {
    switch (expr) {
      case NumberLiteral _, StringLiteral _ -> {}
      case VectorSelector selector -> into.add(selector);
      case MatrixSelector matrix -> into.add(matrix.vector());
      case SubqueryExpr subquery -> collect(subquery.expr(), into);
      case ParenExpr paren -> collect(paren.expr(), into);
      case UnaryExpr unary -> collect(unary.expr(), into);
      case BinaryExpr binary -> {
        collect(binary.lhs(), into);
        collect(binary.rhs(), into);
      }
      case AggregateExpr aggregate -> {
        collect(aggregate.expr(), into);
        if (aggregate.param() != null) {
          collect(aggregate.param(), into);
        }
      }
      case Call call -> call.args().forEach(arg -> collect(arg, into));
    }
  }
}
