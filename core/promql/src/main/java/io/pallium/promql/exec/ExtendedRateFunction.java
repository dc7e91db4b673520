package io.pallium.promql.exec;

import io.pallium.base.HotPath;
import io.pallium.promql.arithmetic.GoDuration;
import io.pallium.promql.plan.RangeFunction;

/// `rate`, `increase` and `delta` over an anchored or smoothed range: the change from edge to edge,
/// not extrapolated.
@HotPath
final class ExtendedRateFunction implements WindowFunction {
  private final ExtendedWindow extended;
  private final boolean isCounter;
  private final boolean isRate;
  private final double rangeSeconds;
  private final ExtendedHistogramRate histograms;

  ExtendedRateFunction(RangeFunction function, ExtendedWindow extended) {
    this.extended = extended;
    this.isCounter = function != RangeFunction.DELTA;
    this.isRate = function == RangeFunction.RATE;
    this.rangeSeconds = GoDuration.seconds(extended.rangeMs());
    this.histograms = new ExtendedHistogramRate(extended, isCounter, isRate ? rangeSeconds : 0);
  }

  @Override
  public void apply(Window window, int step, StepColumn out) {
    if (window.isMixed()) {
      window.warnMixed();
    } else if (window.histograms() > 0) {
      histograms.apply(window, step, out);
    } else {
      floats(window, step, out);
    }
  }

  private void floats(Window window, int step, StepColumn out) {
    long startMs = extended.rangeStartMs(window);
    long endMs = extended.rangeEndMs(window);
    long[] times = window.timestamps;
    int first = ExtendedWindow.first(times, window.from, window.to, startMs);
    int last = extended.last(times, window.from, window.to, endMs);
    boolean isBehind = extended.isSmoothed() && times[first] > endMs;
    if (times[last] <= startMs || isBehind) {
      return;
    }
    double left = left(window, first, startMs);
    double right = right(window, last, endMs);
    double change = right - left;
    if (isCounter) {
      // The samples at the edges are in the values at the edges already.
      int from = times[first] <= startMs ? first + 1 : first;
      int to = times[last] >= endMs ? last - 1 : last;
      change += beforeResets(window.values, from, to, left, right);
    }
    out.set(step, isRate ? change / rangeSeconds : change);
  }

  private double left(Window window, int first, long startMs) {
    long[] times = window.timestamps;
    double[] values = window.values;
    return extended.isSmoothed() && times[first] < startMs
        ? ExtendedWindow.interpolate(
            times[first], values[first], times[first + 1], values[first + 1], startMs, isCounter)
        : values[first];
  }

  private double right(Window window, int last, long endMs) {
    long[] times = window.timestamps;
    double[] values = window.values;
    return extended.isSmoothed() && last > window.from && times[last] > endMs
        ? ExtendedWindow.interpolate(
            times[last - 1], values[last - 1], times[last], values[last], endMs, isCounter)
        : values[last];
  }

  private static double beforeResets(double[] values, int from, int to, double left, double right) {
    double sum = 0;
    double before = left;
    for (int i = from; i <= to; i++) {
      if (values[i] < before) {
        sum += before;
      }
      before = values[i];
    }
    return right < before ? sum + before : sum;
  }
}
