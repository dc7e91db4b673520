package io.pallium.promql.exec;

import io.pallium.base.HotPath;
import io.pallium.model.FloatHistogram;
import io.pallium.model.NativeHistogram;
import io.pallium.promql.plan.RangeFunction;

/// Functions over a range that look at floats and histograms alike.
@HotPath
final class CountingFunctions {
  private CountingFunctions() {}

  static WindowFunction count() {
    return (window, step, out) -> out.set(step, (double) window.floats() + window.histograms());
  }

  static WindowFunction present() {
    return (window, step, out) -> out.set(step, 1);
  }

  static WindowFunction first() {
    return (window, step, out) -> {
      boolean isHistogram =
          window.histograms() > 0
              && (window.floats() == 0
                  || window.timestamps[window.from]
                      >= window.histogramTimestamps[window.histogramFrom]);
      if (isHistogram) {
        out.set(step, window.histograms[window.histogramFrom]);
      } else {
        out.set(step, window.values[window.from]);
      }
    };
  }

  static WindowFunction last() {
    return (window, step, out) -> {
      boolean isHistogram =
          window.histograms() > 0
              && (window.floats() == 0
                  || window.timestamps[window.to - 1]
                      <= window.histogramTimestamps[window.histogramTo - 1]);
      if (isHistogram) {
        out.set(step, window.histograms[window.histogramTo - 1]);
      } else {
        out.set(step, window.values[window.to - 1]);
      }
    };
  }

  /// `changes` and `resets`: counts neighbours that differ, or that go down.
  static WindowFunction neighbours(RangeFunction function) {
    boolean countsResets = function == RangeFunction.RESETS;
    return (window, step, out) -> {
      if (window.histograms() > 0) {
        out.set(step, mixedNeighbours(function, window));
        return;
      }
      double[] values = window.values;
      int count = 0;
      for (int i = window.from + 1; i < window.to; i++) {
        if (countsResets
            ? values[i] < values[i - 1] || window.isFloatRestart(i)
            : isChange(values[i - 1], values[i])) {
          count++;
        }
      }
      out.set(step, count);
    };
  }

  private static int mixedNeighbours(RangeFunction function, Window window) {
    int count = 0;
    int f = window.from;
    int h = window.histogramFrom;
    boolean isFirst = true;
    boolean wasHistogram = false;
    while (f < window.to || h < window.histogramTo) {
      boolean isHistogram =
          f >= window.to
              || h < window.histogramTo && window.histogramTimestamps[h] < window.timestamps[f];
      if (!isFirst) {
        if (isHistogram != wasHistogram) {
          count++;
        } else if (isHistogram) {
          boolean isRestart = function == RangeFunction.RESETS && window.isHistogramRestart(h);
          if (isRestart || isCounted(function, window.histograms[h - 1], window.histograms[h])) {
            count++;
          }
        } else if (function == RangeFunction.RESETS
            ? window.values[f] < window.values[f - 1] || window.isFloatRestart(f)
            : isChange(window.values[f - 1], window.values[f])) {
          count++;
        }
      }
      isFirst = false;
      wasHistogram = isHistogram;
      if (isHistogram) {
        h++;
      } else {
        f++;
      }
    }
    return count;
  }

  private static boolean isCounted(
      RangeFunction function, NativeHistogram before, NativeHistogram histogram) {
    if (function == RangeFunction.CHANGES) {
      return !FloatHistogram.of(histogram).hasSameData(FloatHistogram.of(before));
    }
    return switch (histogram.resetHint()) {
      case YES -> true;
      case NO -> false;
      case UNKNOWN, GAUGE -> FloatHistogram.of(histogram).isResetSince(FloatHistogram.of(before));
    };
  }

  private static boolean isChange(double before, double value) {
    return value != before && !(Double.isNaN(value) && Double.isNaN(before));
  }
}
