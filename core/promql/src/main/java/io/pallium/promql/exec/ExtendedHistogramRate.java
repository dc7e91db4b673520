package io.pallium.promql.exec;

import io.pallium.model.FloatHistogram;
import io.pallium.model.NativeHistogram;
import io.pallium.model.NativeHistogram.ResetHint;
import org.jspecify.annotations.Nullable;

/// The change of native histograms over an anchored or smoothed range.
final class ExtendedHistogramRate {
  private final ExtendedWindow extended;
  private final boolean isCounter;
  private final double divisor;

  /// @param divisor what the change is divided by; 0 to leave it
  ExtendedHistogramRate(ExtendedWindow extended, boolean isCounter, double divisor) {
    this.extended = extended;
    this.isCounter = isCounter;
    this.divisor = divisor;
  }

  void apply(Window window, int step, StepColumn out) {
    long startMs = extended.rangeStartMs(window);
    long endMs = extended.rangeEndMs(window);
    long[] times = window.histogramTimestamps;
    int from = window.histogramFrom;
    int first = ExtendedWindow.first(times, from, window.histogramTo, startMs);
    int last = extended.last(times, from, window.histogramTo, endMs);
    boolean isBehind = extended.isSmoothed() && times[first] > endMs;
    if (times[last] <= startMs || isBehind || !areFit(window, first, last)) {
      return;
    }
    FloatHistogram left = left(window, first, startMs);
    FloatHistogram right = right(window, last, endMs);
    boolean areGauges = left.resetHint() == ResetHint.GAUGE && right.resetHint() == ResetHint.GAUGE;
    if (!isCounter && !areGauges) {
      HistogramNotes.warnNotGauge(window.annotations(), window.site(), window.metricName());
    }
    FloatHistogram change = right.copy();
    subtract(window, change, left);
    if (isCounter) {
      FloatHistogram beforeResets = beforeResets(window, first, last, left, right, startMs);
      if (beforeResets != null) {
        add(window, change, beforeResets);
      }
    }
    if (divisor != 0) {
      change.divide(divisor);
    }
    change.setResetHint(ResetHint.GAUGE);
    out.set(step, change.compact().toNative());
  }

  private boolean areFit(Window window, int first, int last) {
    boolean isCustom = isCustom(window.histograms[first]);
    for (int i = first; i <= last; i++) {
      if (isCustom(window.histograms[i]) != isCustom) {
        HistogramNotes.warnMixedSchemas(window.annotations(), window.site(), window.metricName());
        return false;
      }
      if (isCounter && window.histograms[i].resetHint() == ResetHint.GAUGE) {
        HistogramNotes.warnNotCounter(window.annotations(), window.site(), window.metricName());
      }
    }
    return true;
  }

  private FloatHistogram left(Window window, int first, long startMs) {
    return extended.isSmoothed() && window.histogramTimestamps[first] < startMs
        ? interpolate(window, first, startMs, isCounter)
        : FloatHistogram.of(window.histograms[first]);
  }

  private FloatHistogram right(Window window, int last, long endMs) {
    boolean isBetween =
        extended.isSmoothed()
            && last > window.histogramFrom
            && window.histogramTimestamps[last] > endMs;
    return isBetween
        ? interpolate(window, last - 1, endMs, isCounter)
        : FloatHistogram.of(window.histograms[last]);
  }

  /// The histogram at a time on the line from one to the next, which must go together.
  static FloatHistogram interpolate(Window window, int index, long atMs, boolean isCounter) {
    long beforeMs = window.histogramTimestamps[index];
    long afterMs = window.histogramTimestamps[index + 1];
    FloatHistogram before = FloatHistogram.of(window.histograms[index]);
    FloatHistogram after = FloatHistogram.of(window.histograms[index + 1]);
    if (atMs == beforeMs) {
      return before;
    }
    if (atMs == afterMs) {
      return after;
    }
    double fraction = (double) (atMs - beforeMs) / (double) (afterMs - beforeMs);
    if (isCounter && after.isResetSince(before)) {
      return after.multiply(fraction);
    }
    subtract(window, after, before);
    after.multiply(fraction);
    add(window, after, before);
    return after;
  }

  /// The sum of the histograms before resets; null if there was none.
  private @Nullable FloatHistogram beforeResets(
      Window window, int first, int last, FloatHistogram left, FloatHistogram right, long startMs) {
    NativeHistogram[] histograms = window.histograms;
    int from = first + 1;
    FloatHistogram before = left;
    boolean isBetween = extended.isSmoothed() && window.histogramTimestamps[first] < startMs;
    if (isBetween
        && FloatHistogram.of(histograms[first + 1])
            .isResetSince(FloatHistogram.of(histograms[first]))) {
      // The value at the edge was interpolated over this reset.
      before = FloatHistogram.of(histograms[first + 1]);
      from++;
    }
    // The last one is the value at the edge, or gave it its hint.
    if (from > last) {
      return null;
    }
    FloatHistogram sum = null;
    for (int i = from; i < last; i++) {
      FloatHistogram histogram = FloatHistogram.of(histograms[i]);
      if (histogram.isResetSince(before)) {
        sum = plus(window, sum, before);
      }
      before = histogram;
    }
    return right.isResetSince(before) ? plus(window, sum, before) : sum;
  }

  private static FloatHistogram plus(
      Window window, @Nullable FloatHistogram sum, FloatHistogram added) {
    if (sum == null) {
      return added.copy();
    }
    add(window, sum, added);
    return sum;
  }

  private static void add(Window window, FloatHistogram into, FloatHistogram other) {
    if (into.hasOtherBounds(other)) {
      HistogramNotes.informReconciled(
          window.annotations(), window.site(), HistogramNotes.Operation.ADDITION);
    }
    window.scratch().ensureFor(into, other);
    into.add(other);
  }

  private static void subtract(Window window, FloatHistogram from, FloatHistogram other) {
    if (from.hasOtherBounds(other)) {
      HistogramNotes.informReconciled(
          window.annotations(), window.site(), HistogramNotes.Operation.SUBTRACTION);
    }
    from.subtract(other);
  }

  private static boolean isCustom(NativeHistogram histogram) {
    return histogram.schema() == NativeHistogram.CUSTOM_BUCKETS_SCHEMA;
  }
}
