package io.pallium.promql.exec;

import io.pallium.base.HotPath;

/// A function of neighbours over an anchored range: over its samples and the last one that is not
/// later than its start, whatever that is.
@HotPath
final class AnchoredFunction implements WindowFunction {
  private final WindowFunction function;
  private final ExtendedWindow extended;

  AnchoredFunction(WindowFunction function, ExtendedWindow extended) {
    this.function = function;
    this.extended = extended;
  }

  @Override
  public void start(Window window) {
    function.start(window);
  }

  @Override
  public void apply(Window window, int step, StepColumn out) {
    long startMs = extended.rangeStartMs(window);
    int from = window.from;
    int histogramFrom = window.histogramFrom;
    int floats = firstAfter(window.timestamps, from, window.to, startMs);
    int histograms =
        firstAfter(window.histogramTimestamps, histogramFrom, window.histogramTo, startMs);
    if (floats == window.to && histograms == window.histogramTo) {
      return;
    }
    boolean hasFloat = floats > from;
    boolean hasHistogram = histograms > histogramFrom;
    boolean isFloat =
        hasFloat
            && (!hasHistogram
                || window.timestamps[floats - 1] >= window.histogramTimestamps[histograms - 1]);
    window.from = isFloat ? floats - 1 : floats;
    window.histogramFrom = !isFloat && hasHistogram ? histograms - 1 : histograms;
    function.apply(window, step, out);
    // The samples before the range may be those before the next step's.
    window.from = from;
    window.histogramFrom = histogramFrom;
  }

  private static int firstAfter(long[] times, int from, int to, long startMs) {
    int first = from;
    while (first < to && times[first] <= startMs) {
      first++;
    }
    return first;
  }
}
