package io.pallium.promql.exec;

import io.pallium.base.HotPath;
import io.pallium.model.FloatHistogram;
import io.pallium.model.Labels;
import io.pallium.model.NativeHistogram;
import io.pallium.model.NativeHistogram.ResetHint;
import io.pallium.promql.plan.TimeShift;
import io.pallium.storage.QueryControl;
import io.pallium.storage.SampleColumn;
import org.jspecify.annotations.Nullable;

/// The value of a smoothed selector at each step: that of the sample at its time, or on the line
/// between the samples around it, none of them farther away than the look-back; the newest one if
/// none follows.
@HotPath
final class SmoothedKernel implements LeafKernel {
  private final QueryControl control;
  private final Steps steps;
  private final TimeShift shift;
  private final long lookbackMs;
  private final Window window;

  /// The first float and the first histogram that are not before the time of the step.
  private int next;

  private int nextHistogram;

  SmoothedKernel(
      QueryControl control, Steps steps, TimeShift shift, long lookbackMs, Window window) {
    this.control = control;
    this.steps = steps;
    this.shift = shift;
    this.lookbackMs = lookbackMs;
    this.window = window;
  }

  @Override
  public void compute(SampleColumn samples, @Nullable Labels labels, StepColumn out) {
    window.reset(samples, labels);
    next = 0;
    nextHistogram = 0;
    int count = steps.count();
    long looked = 0;
    for (int step = 0; step < count; step++) {
      long atMs = shift.apply(steps.timeMs(step));
      window.moveTo(atMs - lookbackMs, atMs + lookbackMs);
      looked += window.floats() + window.histograms();
      if (looked >= QueryControl.SAMPLES_PER_TURN) {
        control.giveWay();
        looked = 0;
      }
      if (window.isMixed()) {
        window.warnMixed();
      } else if (window.histograms() > 0) {
        histogram(atMs, step, out);
      } else if (window.floats() > 0) {
        floatValue(atMs, step, out);
      }
    }
  }

  private void floatValue(long atMs, int step, StepColumn out) {
    long[] times = window.timestamps;
    double[] values = window.values;
    next = Math.max(next, window.from);
    while (next < window.to && times[next] < atMs) {
      next++;
    }
    if (next < window.to && times[next] == atMs) {
      out.set(step, values[next]);
    } else if (next > window.from) {
      out.set(
          step,
          next == window.to
              ? values[next - 1]
              : ExtendedWindow.interpolate(
                  times[next - 1], values[next - 1], times[next], values[next], atMs, false));
    }
  }

  private void histogram(long atMs, int step, StepColumn out) {
    long[] times = window.histogramTimestamps;
    NativeHistogram[] histograms = window.histograms;
    nextHistogram = Math.max(nextHistogram, window.histogramFrom);
    while (nextHistogram < window.histogramTo && times[nextHistogram] < atMs) {
      nextHistogram++;
    }
    if (nextHistogram < window.histogramTo && times[nextHistogram] == atMs) {
      out.set(step, histograms[nextHistogram]);
    } else if (nextHistogram > window.histogramFrom) {
      NativeHistogram before = histograms[nextHistogram - 1];
      if (nextHistogram == window.histogramTo) {
        // A hint is about neighbours, and this is the neighbour of nothing.
        out.set(step, before.withResetHint(ResetHint.UNKNOWN));
      } else {
        between(before, nextHistogram, atMs, step, out);
      }
    }
  }

  private void between(NativeHistogram before, int next, long atMs, int step, StepColumn out) {
    NativeHistogram after = window.histograms[next];
    if (!FloatHistogram.of(before).isCompatible(FloatHistogram.of(after))) {
      HistogramNotes.warnMixedSchemas(window.annotations(), window.site(), window.metricName());
      return;
    }
    boolean isCounter =
        before.resetHint() != ResetHint.GAUGE || after.resetHint() != ResetHint.GAUGE;
    out.set(step, ExtendedHistogramRate.interpolate(window, next - 1, atMs, isCounter).toNative());
  }
}
