package io.pallium.promql.exec;

import io.pallium.base.QueryFailedException;

/// What a function over a range does with the samples of one step. May keep state over the steps of
/// a series; used by one thread at a time.
interface WindowFunction {
  /// Called before the first step of a series.
  default void start(Window window) {}

  /// Sets the value of a step, or does not. The window is not empty.
  void apply(Window window, int step, StepColumn out);

  /// The failure of a function that cannot compute with native histograms.
  static QueryFailedException histogramsUnsupported(String function) {
    return new QueryFailedException(
        "function \"" + function + "\" is not supported yet for native histograms");
  }
}
