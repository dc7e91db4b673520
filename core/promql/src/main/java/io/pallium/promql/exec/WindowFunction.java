package io.pallium.promql.exec;

/// What a function over a range does with the samples of one step. May keep state over the steps of
/// a series; used by one thread at a time.
interface WindowFunction {
  /// Called before the first step of a series.
  default void start(Window window) {}

  /// Sets the value of a step, or does not. The window is not empty.
  void apply(Window window, int step, StepColumn out);
}
