package io.pallium.promql.plan;

import io.pallium.promql.ast.BinaryOp;

/// Gives one number at each step.
public sealed interface ScalarPlan extends Plan {
  /// The same number at all steps.
  record Constant(double value) implements ScalarPlan {}

  /// The time of the step in seconds.
  record Time() implements ScalarPlan {}

  /// The value of the only float series, or NaN if there is none or more than one.
  record OfVector(VectorPlan child) implements ScalarPlan {}

  /// Arithmetic; comparisons give 0 or 1.
  record Binary(BinaryOp op, ScalarPlan lhs, ScalarPlan rhs) implements ScalarPlan {}

  /// The number with the other sign.
  record Negated(ScalarPlan child) implements ScalarPlan {}

  /// The larger or smaller of two.
  record Extreme(boolean isMax, ScalarPlan lhs, ScalarPlan rhs) implements ScalarPlan {}

  /// Evaluated at the first step, and the same at all others.
  record StepInvariant(ScalarPlan child) implements ScalarPlan {}
}
