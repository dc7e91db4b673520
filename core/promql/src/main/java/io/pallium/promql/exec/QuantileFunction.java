package io.pallium.promql.exec;

import io.pallium.base.HotPath;
import java.util.Arrays;

/// `quantile_over_time`. Sorts the floats of each range: O(n log n) per step.
@HotPath
final class QuantileFunction implements WindowFunction {
  private final double[] quantiles;
  private final Reservation memory;
  private double[] sorted = new double[64];

  /// @param quantiles the quantile at each step
  /// @param memory where room for the samples of a range is reserved
  QuantileFunction(double[] quantiles, Reservation memory) {
    this.quantiles = quantiles;
    this.memory = memory;
  }

  @Override
  public void apply(Window window, int step, StepColumn out) {
    int count = window.floats();
    if (count == 0) {
      return;
    }
    double quantile = quantiles[step];
    if (!(quantile >= 0 && quantile <= 1)) {
      QuantileWarning.add(window.annotations(), window.site(), quantile);
    }
    if (window.histograms() > 0) {
      window.informIgnored();
    }
    if (sorted.length < count) {
      int room = (int) Math.min(count * 2L, Integer.MAX_VALUE - 8);
      memory.reserve((long) room * Double.BYTES);
      sorted = new double[room];
    }
    System.arraycopy(window.values, window.from, sorted, 0, count);
    out.set(step, quantile(quantile, sorted, count));
  }

  /// The quantile of the first `count` values, which get sorted.
  static double quantile(double quantile, double[] values, int count) {
    if (count == 0 || Double.isNaN(quantile)) {
      return Double.NaN;
    }
    if (quantile < 0) {
      return Double.NEGATIVE_INFINITY;
    }
    if (quantile > 1) {
      return Double.POSITIVE_INFINITY;
    }
    int nans = sort(values, count);
    double rank = quantile * (count - 1.0);
    int lower = (int) Math.max(0, Math.floor(rank));
    int upper = Math.min(count - 1, lower + 1);
    double weight = rank - Math.floor(rank);
    return at(values, nans, lower) * (1 - weight) + at(values, nans, upper) * weight;
  }

  /// Gives the number of NaNs: Java sorts them behind all others, Prometheus takes them for the
  /// smallest.
  private static int sort(double[] values, int count) {
    Arrays.sort(values, 0, count);
    int nans = 0;
    while (nans < count && Double.isNaN(values[count - 1 - nans])) {
      nans++;
    }
    return nans;
  }

  private static double at(double[] values, int nans, int index) {
    return index < nans ? Double.NaN : values[index - nans];
  }
}
