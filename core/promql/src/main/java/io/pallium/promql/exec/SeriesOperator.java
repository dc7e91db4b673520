package io.pallium.promql.exec;

import io.pallium.model.Labels;

/// Gives series one after another, each as a column over all steps. Pulled by one thread.
interface SeriesOperator extends AutoCloseable {
  /// Moves to the next series that has a value at any step.
  ///
  /// @return whether there is one
  boolean next();

  /// The labels of the present series.
  ///
  /// @throws AssertionError if the operator was built without labels
  Labels labels();

  /// The values of the present series; valid, and the caller's to change, until [#next].
  StepColumn column();

  /// Stops what runs and gives memory back; can be called again.
  @Override
  void close();
}
