package io.pallium.promql.exec;

import io.pallium.base.HotPath;

/// The times, in seconds, of samples of a range: `ts_of_*_over_time`.
@HotPath
final class SampleTimeFunctions {
  private SampleTimeFunctions() {}

  static WindowFunction first() {
    return (window, step, out) -> {
      long floatMs = window.floats() > 0 ? window.timestamps[window.from] : Long.MAX_VALUE;
      long histogramMs =
          window.histograms() > 0
              ? window.histogramTimestamps[window.histogramFrom]
              : Long.MAX_VALUE;
      out.set(step, Math.min(floatMs, histogramMs) / 1000.0);
    };
  }

  static WindowFunction last() {
    return (window, step, out) -> {
      // Intended: never before the epoch, as in Prometheus.
      long floatMs = window.floats() > 0 ? window.timestamps[window.to - 1] : 0;
      long histogramMs =
          window.histograms() > 0 ? window.histogramTimestamps[window.histogramTo - 1] : 0;
      out.set(step, Math.max(floatMs, histogramMs) / 1000.0);
    };
  }

  /// The last of the greatest.
  static double ofMax(long[] timestamps, double[] values, int from, int to) {
    int found = from;
    for (int i = from; i < to; i++) {
      if (values[i] >= values[found] || Double.isNaN(values[found])) {
        found = i;
      }
    }
    return timestamps[found] / 1000.0;
  }

  /// The last of the smallest.
  static double ofMin(long[] timestamps, double[] values, int from, int to) {
    int found = from;
    for (int i = from; i < to; i++) {
      if (values[i] <= values[found] || Double.isNaN(values[found])) {
        found = i;
      }
    }
    return timestamps[found] / 1000.0;
  }
}
