package io.pallium.promql.exec;

/// Gives one number at each step.
interface ScalarOperator {
  /// The numbers at all steps, computed at the first call; not to be changed.
  double[] values();
}
