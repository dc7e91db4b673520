package io.pallium.promql.exec;

/// Gives one number at each step.
interface ScalarOperator {
  /// The numbers at all steps, not to be changed.
  double[] values();
}
