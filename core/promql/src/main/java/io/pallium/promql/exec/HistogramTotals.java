package io.pallium.promql.exec;

import io.pallium.base.HotPath;
import io.pallium.model.FloatHistogram;
import io.pallium.model.NativeHistogram;
import io.pallium.model.NativeHistogram.ResetHint;
import io.pallium.promql.plan.TimeShift;
import org.jspecify.annotations.Nullable;

/// Native histograms without their buckets. As nobody can find counter resets without those, each
/// gets the hint that its buckets and those of the one before give, if that was looked at too.
/// Confined to one thread; goes over the samples of one series in the order of time.
@HotPath
final class HistogramTotals {
  /// The memory that one takes.
  static final long BYTES = 152;

  private static final int[] NO_SPANS = {};
  private static final long[] NO_BUCKETS = {};
  private static final double[] NO_BOUNDS = {};

  private final Steps steps;
  private final TimeShift shift;
  private final long spanMs;
  private final Scratch scratch;
  private int step;
  private @Nullable NativeHistogram before;

  /// @param spanMs how long before a step's time samples are looked at
  /// @param scratch room for comparing two histograms
  HistogramTotals(Steps steps, TimeShift shift, long spanMs, Scratch scratch) {
    this.steps = steps;
    this.shift = shift;
    this.spanMs = spanMs;
    this.scratch = scratch;
  }

  /// Stands before the first sample of a series.
  void start() {
    step = 0;
    before = null;
  }

  /// Goes over a sample that is no histogram.
  void skip(long timestampMs) {
    if (!isLookedAt(timestampMs)) {
      before = null;
    }
  }

  /// The next histogram without buckets.
  NativeHistogram next(long timestampMs, NativeHistogram histogram) {
    ResetHint hint = histogram.resetHint();
    NativeHistogram last = before;
    if (hint == ResetHint.UNKNOWN && last != null) {
      scratch.ensureFor(histogram, last);
      boolean isReset = FloatHistogram.of(histogram).isResetSince(FloatHistogram.of(last));
      hint = isReset ? ResetHint.YES : ResetHint.NO;
    }
    before = isLookedAt(timestampMs) ? histogram : null;
    return new NativeHistogram(
        hint,
        true,
        histogram.schema(),
        0,
        0,
        Double.doubleToRawLongBits(histogram.count()),
        histogram.sum(),
        NO_SPANS,
        NO_BUCKETS,
        NO_SPANS,
        NO_BUCKETS,
        NO_BOUNDS);
  }

  private boolean isLookedAt(long timestampMs) {
    while (step < steps.count() && shift.apply(steps.timeMs(step)) < timestampMs) {
      step++;
    }
    return step < steps.count() && timestampMs >= shift.apply(steps.timeMs(step)) - spanMs;
  }
}
