package io.pallium.promql.exec;

import io.pallium.base.HotPath;
import io.pallium.model.Labels;
import io.pallium.model.NativeHistogram;
import io.pallium.promql.plan.TimeShift;
import io.pallium.storage.SampleColumn;
import org.jspecify.annotations.Nullable;

/// The time in milliseconds of the newest sample at each step, if it is not older than the
/// look-back and no staleness marker; histograms as they are.
@HotPath
final class InfoKernel implements LeafKernel {
  private final Steps steps;
  private final TimeShift shift;
  private final long lookbackMs;

  InfoKernel(Steps steps, TimeShift shift, long lookbackMs) {
    this.steps = steps;
    this.shift = shift;
    this.lookbackMs = lookbackMs;
  }

  @Override
  public void compute(SampleColumn samples, @Nullable Labels labels, StepColumn out) {
    long[] timestamps = samples.timestampsMs();
    int newest = -1;
    for (int step = 0; step < steps.count(); step++) {
      long atMs = shift.apply(steps.timeMs(step));
      while (newest + 1 < samples.size() && timestamps[newest + 1] <= atMs) {
        newest++;
      }
      if (newest < 0 || timestamps[newest] <= atMs - lookbackMs) {
        continue;
      }
      NativeHistogram histogram = samples.histogram(newest);
      if (StaleMarker.is(histogram == null ? samples.values()[newest] : histogram.sum())) {
        continue;
      }
      if (histogram == null) {
        out.set(step, timestamps[newest]);
      } else {
        out.set(step, histogram);
      }
    }
  }
}
