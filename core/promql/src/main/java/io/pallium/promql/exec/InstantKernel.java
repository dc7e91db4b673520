package io.pallium.promql.exec;

import io.pallium.base.HotPath;
import io.pallium.model.Labels;
import io.pallium.model.NativeHistogram;
import io.pallium.promql.plan.TimeShift;
import io.pallium.storage.QueryControl;
import io.pallium.storage.SampleColumn;
import org.jspecify.annotations.Nullable;

/// The newest sample at each step, if it is not older than the look-back and no staleness marker.
/// O(samples + steps).
@HotPath
final class InstantKernel implements LeafKernel {
  private final QueryControl control;
  private final Steps steps;
  private final TimeShift shift;
  private final long lookbackMs;
  private final boolean isTimestamp;
  private final boolean isStart;
  private final @Nullable HistogramTotals totals;
  private final long minMs;
  private final long maxMs;

  /// @param isTimestamp whether the sample's time in seconds is the value
  /// @param isStart whether its start timestamp is, in the place of its time
  InstantKernel(
      QueryControl control,
      Steps steps,
      Selection selection,
      long lookbackMs,
      boolean isTimestamp,
      boolean isStart,
      Scratch scratch) {
    this.control = control;
    this.steps = steps;
    this.lookbackMs = lookbackMs;
    this.isTimestamp = isTimestamp;
    this.isStart = isStart;
    TimeShift selected = selection.selector().shift();
    // Intended: with `@`, `timestamp` looks at that time without the offset, but among the samples
    // that were selected with it, as Prometheus does.
    boolean forgetsOffset = isTimestamp && selected.atMs() != null;
    this.shift = forgetsOffset ? new TimeShift(0, selected.atMs()) : selected;
    this.minMs = selection.startMs();
    this.maxMs = selection.endMs();
    this.totals =
        selection.selector().isTotalsOnly()
            ? new HistogramTotals(steps, shift, lookbackMs - 1, scratch)
            : null;
  }

  @Override
  public void compute(SampleColumn samples, @Nullable Labels labels, StepColumn out) {
    long[] timestamps = samples.timestampsMs();
    double[] values = samples.values();
    int size = samples.size();
    int count = steps.count();
    int next = 0;
    NativeHistogram total = null;
    if (totals != null) {
      totals.start();
    }
    for (int step = 0; step < count; step++) {
      if (step % QueryControl.SAMPLES_PER_TURN == QueryControl.SAMPLES_PER_TURN - 1) {
        control.giveWay();
      }
      long atMs = shift.apply(steps.timeMs(step));
      while (next < size && timestamps[next] <= atMs && timestamps[next] <= maxMs) {
        if (totals != null) {
          total = total(totals, timestamps[next], samples.histogram(next));
        }
        next++;
      }
      int newest = next - 1;
      if (newest < 0 || timestamps[newest] <= atMs - lookbackMs || timestamps[newest] < minMs) {
        continue;
      }
      NativeHistogram histogram = samples.histogram(newest);
      if (StaleMarker.is(histogram == null ? values[newest] : histogram.sum())) {
        continue;
      }
      if (isTimestamp) {
        out.set(step, (isStart ? samples.startMs(newest) : timestamps[newest]) / 1000.0);
      } else if (histogram == null) {
        out.set(step, values[newest]);
      } else {
        out.set(step, total == null ? histogram : total);
      }
    }
    if (steps.counts() != null) {
      steps.counts().add(out);
    }
  }

  private static @Nullable NativeHistogram total(
      HistogramTotals totals, long timestampMs, @Nullable NativeHistogram histogram) {
    if (histogram == null || StaleMarker.is(histogram.sum())) {
      totals.skip(timestampMs);
      return null;
    }
    return totals.next(timestampMs, histogram);
  }
}
