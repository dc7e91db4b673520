package io.pallium.promql.plan;

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
import java.util.IdentityHashMap;
import java.util.Set;

/// Tells which parts of a query have the same value at every step, so that they are evaluated once.
public final class Invariance {
  /// Functions whose result depends on the time of the step even if their arguments do not.
  private static final Set<String> TIMED =
      Set.of(
          "days_in_month",
          "day_of_month",
          "day_of_week",
          "day_of_year",
          "end",
          "hour",
          "minute",
          "month",
          "year",
          "predict_linear",
          "range",
          "start",
          "step",
          "time",
          "timestamp");

  private final IdentityHashMap<Expr, Boolean> known = new IdentityHashMap<>();

  Invariance() {}

  /// Whether the result of a function depends on the time of the step even if its arguments do not.
  public static boolean isTimed(String function) {
    return TIMED.contains(function);
  }

  /// Whether the value does not depend on the step.
  boolean isInvariant(Expr expr) {
    Boolean before = known.get(expr);
    if (before != null) {
      return before;
    }
    boolean result = compute(expr);
    known.put(expr, result);
    return result;
  }

  /// Whether it is worth evaluating only once: literals and ranges are not.
  boolean isWorthFreezing(Expr expr) {
    return switch (expr) {
      case VectorSelector _ -> isInvariant(expr);
      case AggregateExpr a -> isWorthFreezing(Planner.unwrap(a.expr()));
      case ParenExpr p -> isWorthFreezing(p.expr());
      case UnaryExpr u -> isWorthFreezing(u.expr());
      case BinaryExpr _, Call _ -> isInvariant(expr);
      case MatrixSelector _, SubqueryExpr _, StringLiteral _, NumberLiteral _ -> false;
    };
  }

  private boolean compute(Expr expr) {
    return switch (expr) {
      case VectorSelector v -> v.modifiers().hasAt();
      case AggregateExpr a -> isInvariant(Planner.unwrap(a.expr()));
      case BinaryExpr b -> isInvariant(b.lhs()) && isInvariant(b.rhs());
      case Call c -> isInvariant(c);
      case MatrixSelector m -> isInvariant(m.vector());
      case SubqueryExpr s -> s.modifiers().hasAt();
      case ParenExpr p -> isInvariant(p.expr());
      case UnaryExpr u -> isInvariant(u.expr());
      case StringLiteral _, NumberLiteral _ -> true;
    };
  }

  private boolean isInvariant(Call call) {
    boolean isTimestampOfSelector = call.function().name().equals("timestamp");
    boolean areArgsInvariant = true;
    for (Expr arg : call.args()) {
      Expr inner = Planner.unwrap(arg);
      areArgsInvariant &= isInvariant(inner);
      isTimestampOfSelector &= inner instanceof VectorSelector;
    }
    return areArgsInvariant && (isTimestampOfSelector || !TIMED.contains(call.function().name()));
  }
}
