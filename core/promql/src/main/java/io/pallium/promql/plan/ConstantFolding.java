package io.pallium.promql.plan;

import io.pallium.promql.arithmetic.GoMath;
import io.pallium.promql.ast.BinaryOp;

/// Computes what is known before any sample is read.
public final class ConstantFolding {
  private ConstantFolding() {}

  /// The constant that a plan over constants gives, else the plan itself.
  static ScalarPlan fold(ScalarPlan plan) {
    return switch (plan) {
      case ScalarPlan.Negated(ScalarPlan.Constant(double value)) -> new ScalarPlan.Constant(-value);
      case ScalarPlan.Binary(
              BinaryOp op,
              ScalarPlan.Constant(double left),
              ScalarPlan.Constant(double right)) ->
          new ScalarPlan.Constant(apply(op, left, right));
      case ScalarPlan.Extreme(
              boolean isMax,
              ScalarPlan.Constant(double left),
              ScalarPlan.Constant(double right)) ->
          new ScalarPlan.Constant(isMax ? GoMath.max(left, right) : GoMath.min(left, right));
      case ScalarPlan.Constant _,
          ScalarPlan.Time _,
          ScalarPlan.OfVector _,
          ScalarPlan.Binary _,
          ScalarPlan.Negated _,
          ScalarPlan.Extreme _,
          ScalarPlan.StepInvariant _ ->
          plan;
    };
  }

  /// An operator between scalars; comparisons give 0 or 1.
  public static double apply(BinaryOp op, double left, double right) {
    return switch (op) {
      case ADD -> left + right;
      case SUB -> left - right;
      case MUL -> left * right;
      case DIV -> left / right;
      case MOD -> left % right;
      case POW -> GoMath.pow(left, right);
      case ATAN2 -> GoMath.atan2(left, right);
      case EQL, NEQ, LTE, LSS, GTE, GTR -> holds(op, left, right) ? 1 : 0;
      case TRIM_UPPER, TRIM_LOWER, AND, OR, UNLESS ->
          throw new AssertionError("BUG: operator " + op.symbol() + " between scalars");
    };
  }

  /// Whether a comparison is true.
  public static boolean holds(BinaryOp op, double left, double right) {
    return switch (op) {
      case EQL -> left == right;
      case NEQ -> left != right;
      case LTE -> left <= right;
      case LSS -> left < right;
      case GTE -> left >= right;
      case GTR -> left > right;
      case ADD, SUB, MUL, DIV, MOD, POW, ATAN2, TRIM_UPPER, TRIM_LOWER, AND, OR, UNLESS ->
          throw new AssertionError("BUG: " + op.symbol() + " is not a comparison");
    };
  }
}
