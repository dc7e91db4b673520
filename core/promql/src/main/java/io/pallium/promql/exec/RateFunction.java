package io.pallium.promql.exec;

import io.pallium.base.HotPath;
import io.pallium.promql.plan.RangeFunction;
import java.util.Arrays;

/// `rate`, `increase` and `delta`: the change over the samples of a range, extrapolated to its
/// edges. O(1) per step plus one for each counter reset in the range, since resets are found once
/// per series; corrections are added in the order of time, which decides the bits.
@HotPath
final class RateFunction implements WindowFunction {
  private final String name;
  private final boolean isCounter;
  private final boolean isRate;
  private final double rangeSeconds;

  /// Indices of samples that are lower than the one before.
  private int[] resets = new int[16];

  private int resetCount;
  private int firstReset;

  RateFunction(RangeFunction function, long rangeMs) {
    this.name = function.text();
    this.isCounter = function != RangeFunction.DELTA;
    this.isRate = function == RangeFunction.RATE;
    this.rangeSeconds = GoDuration.seconds(rangeMs);
  }

  @Override
  public void start(Window window) {
    resetCount = 0;
    firstReset = 0;
    if (!isCounter) {
      return;
    }
    double[] values = window.values;
    for (int i = 1; i < window.floatCount; i++) {
      if (values[i] < values[i - 1]) {
        addReset(i);
      }
    }
  }

  @Override
  public void apply(Window window, int step, StepColumn out) {
    if (window.histograms() > 0) {
      applyToHistograms(window);
      return;
    }
    int last = window.to - 1;
    int first = window.from;
    int intervals = last - first;
    if (intervals == 0) {
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

    double toStart = (firstMs - window.rangeStartMs) / 1000.0;
    double toEnd = (window.rangeEndMs - lastMs) / 1000.0;
    double sampled = (lastMs - firstMs) / 1000.0;
    double average = sampled / intervals;
    double threshold = average * 1.1;
    if (toStart >= threshold) {
      toStart = average / 2;
    }
    if (isCounter && result > 0 && firstValue >= 0) {
      // A counter is never below zero, so it is not extrapolated to before it was zero.
      double toZero = sampled * (firstValue / result);
      if (toZero < toStart) {
        toStart = toZero;
      }
    }
    if (toEnd >= threshold) {
      toEnd = average / 2;
    }
    double factor = sampled == 0 ? 1.0 : (sampled + toStart + toEnd) / sampled;
    if (isRate) {
      factor /= rangeSeconds;
    }
    out.set(step, result * factor);
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

  private void applyToHistograms(Window window) {
    if (window.isMixed()) {
      window.warnMixed();
      return;
    }
    if (window.histograms() > 1) {
      throw WindowFunction.histogramsUnsupported(name);
    }
  }

  private void addReset(int index) {
    if (resetCount == resets.length) {
      resets = Arrays.copyOf(resets, resetCount * 2);
    }
    resets[resetCount++] = index;
  }
}
