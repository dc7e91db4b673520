package io.pallium.promql.exec;

import io.pallium.base.HotPath;
import io.pallium.base.QueryFailedException;
import io.pallium.promql.parse.GoText;

/// `double_exponential_smoothing`: smooths values and their trend. O(samples in the range) per
/// step.
@HotPath
final class SmoothingFunction implements WindowFunction {
  private final double[] smoothing;
  private final double[] trends;

  /// @param smoothing the weight of new values at each step
  /// @param trends the weight of new trends at each step
  SmoothingFunction(double[] smoothing, double[] trends) {
    this.smoothing = smoothing;
    this.trends = trends;
  }

  @Override
  public void apply(Window window, int step, StepColumn out) {
    double factor = smoothing[step];
    double trendFactor = trends[step];
    requireFraction("smoothing", "sf", factor);
    requireFraction("trend", "tf", trendFactor);
    int count = window.floats();
    if (count > 0 && window.histograms() > 0) {
      window.informIgnored();
    }
    if (count < 2) {
      return;
    }
    double[] values = window.values;
    int first = window.from;
    double before = 0;
    double smoothed = values[first];
    double trend = values[first + 1] - values[first];
    for (int i = first + 1; i < window.to; i++) {
      double scaled = factor * values[i];
      if (i > first + 1) {
        double added = trendFactor * (smoothed - before);
        double kept = (1 - trendFactor) * trend;
        trend = added + kept;
      }
      double rest = (1 - factor) * (smoothed + trend);
      before = smoothed;
      smoothed = scaled + rest;
    }
    out.set(step, smoothed);
  }

  private static void requireFraction(String what, String symbol, double value) {
    if (value <= 0 || value >= 1) {
      throw new QueryFailedException(
          "invalid "
              + what
              + " factor. Expected: 0 < "
              + symbol
              + " < 1, got: "
              + GoText.fixed(value, 6));
    }
  }
}
