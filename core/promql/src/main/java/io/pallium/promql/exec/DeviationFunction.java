package io.pallium.promql.exec;

import io.pallium.base.HotPath;

/// `mad_over_time`: the median of the distances from the median; NaN if any value is. Sorts the
/// floats of each range: O(n log n) per step.
@HotPath
final class DeviationFunction implements FloatWindowFunction.Floats {
  private final Reservation memory;
  private double[] scratch = new double[64];

  /// @param memory where room for the samples of a range is reserved
  DeviationFunction(Reservation memory) {
    this.memory = memory;
  }

  @Override
  public double apply(long[] timestamps, double[] values, int from, int to) {
    int count = to - from;
    if (scratch.length < count) {
      int room = (int) Math.min(count * 2L, Integer.MAX_VALUE - 8);
      memory.reserve((long) room * Double.BYTES);
      scratch = new double[room];
    }
    for (int i = 0; i < count; i++) {
      double value = values[from + i];
      if (Double.isNaN(value)) {
        return Double.NaN;
      }
      scratch[i] = value;
    }
    double median = QuantileFunction.quantile(0.5, scratch, count);
    for (int i = 0; i < count; i++) {
      scratch[i] = Math.abs(scratch[i] - median);
    }
    return QuantileFunction.quantile(0.5, scratch, count);
  }
}
