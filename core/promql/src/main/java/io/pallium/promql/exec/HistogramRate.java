package io.pallium.promql.exec;

import io.pallium.model.FloatHistogram;
import io.pallium.model.NativeHistogram;
import io.pallium.model.NativeHistogram.ResetHint;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The change over the native histograms of a range. Whether a counter was reset between two
/// neighbours is found once for all steps.
final class HistogramRate {
  private static final byte UNKNOWN = 0;
  private static final byte RESET = 1;
  private static final byte NO_RESET = 2;

  private final boolean isCounter;
  private final Reservation memory;

  /// What is known about the step from the histogram before.
  private byte[] resets = new byte[0];

  /// @param isCounter whether values below the one before are resets
  HistogramRate(boolean isCounter, Reservation memory) {
    this.isCounter = isCounter;
    this.memory = memory;
  }

  /// Called before the first step of a series.
  void start(Window window) {
    if (resets.length < window.histogramCount) {
      memory.reserve(window.histogramCount);
      resets = new byte[window.histogramCount];
    } else {
      Arrays.fill(resets, 0, window.histogramCount, UNKNOWN);
    }
  }

  /// The change from the first to the last histogram of a window that has at least two.
  ///
  /// @return null if they do not go together, which was warned about
  @Nullable FloatHistogram change(Window window) {
    NativeHistogram[] histograms = window.histograms;
    int first = window.histogramFrom;
    int end = window.histogramTo;
    NativeHistogram last = histograms[end - 1];
    boolean hasGauge = isGauge(histograms[first]) || isGauge(last);
    FloatHistogram before = FloatHistogram.of(histograms[first]);
    boolean isFirstReset = isCounter && isReset(window, first + 1);
    if (isFirstReset) {
      before = FloatHistogram.emptyLike(FloatHistogram.of(histograms[first + 1]));
    }
    boolean isCustom = before.hasCustomBuckets();
    if (isCustom(last) != isCustom) {
      if (isCounter && hasGauge) {
        warnNotCounter(window);
      }
      warnMixed(window);
      return null;
    }
    int schema = Math.min(last.schema(), before.schema());
    if (isCounter) {
      for (int i = first + 1; i < end - 1; i++) {
        hasGauge |= isGauge(histograms[i]);
        schema = Math.min(schema, histograms[i].schema());
        if (isCustom(histograms[i]) != isCustom) {
          warnMixed(window);
          return null;
        }
      }
    }
    FloatHistogram change = FloatHistogram.of(last).copyTo(schema);
    if (change.hasOtherBounds(before)) {
      informReconciled(window, HistogramNotes.Operation.SUBTRACTION);
    }
    change.subtract(before);
    if (isCounter) {
      window.warnOverlap();
      boolean isAgain =
          isFirstReset && FloatHistogram.of(histograms[first + 1]).isResetSince(before);
      addBeforeResets(change, window, isFirstReset, isAgain ? before : null);
      if (hasGauge) {
        warnNotCounter(window);
      }
    } else if (!isGauge(histograms[first]) || !isGauge(last)) {
      HistogramNotes.warnNotGauge(window.annotations(), window.site(), window.metricName());
    }
    change.setResetHint(ResetHint.GAUGE);
    return change.compact();
  }

  /// @param isFirstReset whether the first histogram does not count, as the second is after a reset
  /// @param first what is added in its place; null for nothing
  private void addBeforeResets(
      FloatHistogram change, Window window, boolean isFirstReset, @Nullable FloatHistogram first) {
    if (first != null) {
      add(change, first, window);
    }
    int from = window.histogramFrom + (isFirstReset ? 2 : 1);
    for (int i = from; i < window.histogramTo; i++) {
      if (isReset(window, i)) {
        add(change, FloatHistogram.of(window.histograms[i - 1]), window);
      }
    }
  }

  /// Adds what was counted from the start of the counter to the first histogram.
  ///
  /// @return false if the histograms do not go together, which was warned about
  boolean addStart(FloatHistogram change, FloatHistogram start, Window window) {
    if (!change.isCompatible(start)) {
      warnMixed(window);
      return false;
    }
    add(change, start, window);
    return true;
  }

  private static void add(FloatHistogram change, FloatHistogram added, Window window) {
    if (change.hasOtherBounds(added)) {
      informReconciled(window, HistogramNotes.Operation.ADDITION);
    }
    window.scratch().ensureFor(change, added);
    change.add(added);
  }

  private boolean isReset(Window window, int index) {
    if (resets[index] == UNKNOWN) {
      ResetHint hint = window.histograms[index].resetHint();
      boolean isReset =
          window.isHistogramRestart(index)
              || hint == ResetHint.YES
              || hint != ResetHint.NO
                  && FloatHistogram.of(window.histograms[index])
                      .isResetSince(FloatHistogram.of(window.histograms[index - 1]));
      resets[index] = isReset ? RESET : NO_RESET;
    }
    return resets[index] == RESET;
  }

  private static boolean isGauge(NativeHistogram histogram) {
    return histogram.resetHint() == ResetHint.GAUGE;
  }

  private static boolean isCustom(NativeHistogram histogram) {
    return histogram.schema() == NativeHistogram.CUSTOM_BUCKETS_SCHEMA;
  }

  private static void warnMixed(Window window) {
    HistogramNotes.warnMixedSchemas(window.annotations(), window.site(), window.metricName());
  }

  private static void warnNotCounter(Window window) {
    HistogramNotes.warnNotCounter(window.annotations(), window.site(), window.metricName());
  }

  private static void informReconciled(Window window, HistogramNotes.Operation operation) {
    HistogramNotes.informReconciled(window.annotations(), window.site(), operation);
  }
}
