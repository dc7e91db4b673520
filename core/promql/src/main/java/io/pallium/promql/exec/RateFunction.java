package io.pallium.promql.exec;

import io.pallium.base.HotPath;
import io.pallium.model.FloatHistogram;
import io.pallium.promql.arithmetic.GoDuration;
import io.pallium.promql.plan.RangeFunction;
import java.util.Arrays;

/// `rate`, `increase` and `delta`: the change over the samples of a range, extrapolated to its
/// edges. O(1) per step plus one for each counter reset in the range, since resets are found once
/// per series; corrections are added in the order of time, which decides the bits.
@HotPath
final class RateFunction implements WindowFunction {
  private final boolean isCounter;
  private final boolean isRate;
  private final double rangeSeconds;
  private final HistogramRate histograms;
  private final Reservation memory;

  /// Indices of samples that are lower than the one before.
  private int[] resets = new int[16];

  private int resetCount;
  private int firstReset;

  RateFunction(RangeFunction function, long rangeMs, Reservation memory) {
    this.isCounter = function != RangeFunction.DELTA;
    this.isRate = function == RangeFunction.RATE;
    this.rangeSeconds = GoDuration.seconds(rangeMs);
    this.memory = memory;
    this.histograms = new HistogramRate(isCounter, memory);
  }

  @Override
  public void start(Window window) {
    resetCount = 0;
    firstReset = 0;
    histograms.start(window);
    if (!isCounter) {
      return;
    }
    double[] values = window.values;
    for (int i = 1; i < window.floatCount; i++) {
      if (values[i] < values[i - 1] || window.isFloatRestart(i)) {
        addReset(i);
      }
    }
  }

  @Override
  public void apply(Window window, int step, StepColumn out) {
    if (window.histograms() > 0) {
      applyToHistograms(window, step, out);
      return;
    }
    int last = window.to - 1;
    int first = window.from;
    int intervals = last - first;
    long startMs = isCounter ? window.firstStartMs() : 0;
    if (intervals == 0 && startMs == 0) {
      return;
    }
    double[] values = window.values;
    long firstMs = window.timestamps[first];
    long lastMs = window.timestamps[last];
    double firstValue = values[first];
    double result = values[last] - firstValue;
    if (firstReset < resetCount) {
      result = correct(result, first, last, values);
    }

    if (isCounter) {
      window.warnOverlap();
    }
    if (startMs != 0) {
      // What was counted from the start to the first sample.
      result += firstValue;
      out.set(step, result * factorFrom(startMs, window, firstMs, lastMs, intervals));
      return;
    }
    double factor = factor(window, firstMs, lastMs, intervals, untilZero(firstValue, result));
    out.set(step, result * factor);
  }

  /// By what a change between the first and the last sample is multiplied.
  ///
  /// @param untilZero how much earlier the value was 0 had it always changed so fast, as a multiple
  ///   of the time between the samples; negative if it was not
  private double factor(Window window, long firstMs, long lastMs, int intervals, double untilZero) {
    double toStart = (firstMs - window.rangeStartMs) / 1000.0;
    double toEnd = (window.rangeEndMs - lastMs) / 1000.0;
    double sampled = (lastMs - firstMs) / 1000.0;
    double average = sampled / intervals;
    double threshold = average * 1.1;
    if (toStart >= threshold) {
      toStart = average / 2;
    }
    if (isCounter && untilZero >= 0) {
      // A counter is never below zero, so it is not extrapolated to before it was zero.
      double toZero = sampled * untilZero;
      if (toZero < toStart) {
        toStart = toZero;
      }
    }
    if (toEnd >= threshold) {
      toEnd = average / 2;
    }
    double factor = sampled == 0 ? 1.0 : (sampled + toStart + toEnd) / sampled;
    return isRate ? factor / rangeSeconds : factor;
  }

  /// The same for a counter that is known to have begun at 0 within the range.
  private double factorFrom(long startMs, Window window, long firstMs, long lastMs, int intervals) {
    double toEnd = (window.rangeEndMs - lastMs) / 1000.0;
    double average = intervals == 0 ? 0 : (lastMs - firstMs) / 1000.0 / intervals;
    if (toEnd >= average * 1.1) {
      toEnd = average / 2;
    }
    double sampled = (lastMs - startMs) / 1000.0;
    double factor = (sampled + toEnd) / sampled;
    return isRate ? factor / rangeSeconds : factor;
  }

  private static double untilZero(double first, double change) {
    return change > 0 && first >= 0 ? first / change : -1;
  }

  private double correct(double change, int first, int last, double[] values) {
    while (firstReset < resetCount && resets[firstReset] <= first) {
      firstReset++;
    }
    double result = change;
    for (int i = firstReset; i < resetCount && resets[i] <= last; i++) {
      result += values[resets[i] - 1];
    }
    return result;
  }

  private void applyToHistograms(Window window, int step, StepColumn out) {
    if (window.isMixed()) {
      window.warnMixed();
      return;
    }
    int first = window.histogramFrom;
    int last = window.histogramTo - 1;
    long startMs = isCounter ? window.firstHistogramStartMs() : 0;
    if (first == last && startMs == 0) {
      return;
    }
    long firstMs = window.histogramTimestamps[first];
    long lastMs = window.histogramTimestamps[last];
    FloatHistogram start = FloatHistogram.of(window.histograms[first]);
    FloatHistogram change = first == last ? start : histograms.change(window);
    if (change == null) {
      return;
    }
    if (startMs != 0) {
      if (first != last && !histograms.addStart(change, start, window)) {
        return;
      }
      double factor = factorFrom(startMs, window, firstMs, lastMs, last - first);
      out.set(step, change.multiply(factor).toNative());
      return;
    }
    double count = window.histograms[first].count();
    double factor = factor(window, firstMs, lastMs, last - first, untilZero(count, change.count()));
    out.set(step, change.multiply(factor).toNative());
  }

  private void addReset(int index) {
    if (resetCount == resets.length) {
      memory.reserve(2L * Integer.BYTES * resetCount);
      resets = Arrays.copyOf(resets, resetCount * 2);
    }
    resets[resetCount++] = index;
  }
}
