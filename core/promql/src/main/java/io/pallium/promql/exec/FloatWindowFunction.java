package io.pallium.promql.exec;

import io.pallium.base.HotPath;
import io.pallium.model.FloatHistogram;

/// Functions over a range that are computed anew at each step: the order of the additions decides
/// the bits, so they cannot slide. O(samples in the range) per step.
@HotPath
final class FloatWindowFunction implements WindowFunction {
  /// What is computed from the floats `[from, to)`.
  interface Floats {
    double apply(long[] timestamps, double[] values, int from, int to);
  }

  /// What is done about histograms.
  enum Histograms {
    /// They are ignored, with an info where there are floats too.
    IGNORED,
    /// They are added up; together with floats there is a warning and no value.
    SUMMED,
    /// The mean of them is taken; together with floats there is a warning and no value.
    AVERAGED
  }

  private final Floats floats;
  private final int minFloats;
  private final Histograms policy;

  FloatWindowFunction(Floats floats, int minFloats, Histograms policy) {
    this.floats = floats;
    this.minFloats = minFloats;
    this.policy = policy;
  }

  @Override
  public void apply(Window window, int step, StepColumn out) {
    if (window.histograms() > 0) {
      if (policy != Histograms.IGNORED) {
        applyToHistograms(window, step, out);
        return;
      }
      if (window.floats() > 0) {
        window.informIgnored();
      }
    }
    if (window.floats() >= minFloats) {
      out.set(step, floats.apply(window.timestamps, window.values, window.from, window.to));
    }
  }

  private void applyToHistograms(Window window, int step, StepColumn out) {
    if (window.isMixed()) {
      window.warnMixed();
      return;
    }
    int first = window.histogramFrom;
    var accumulation =
        new HistogramAccumulation(
            policy == Histograms.AVERAGED, FloatHistogram.of(window.histograms[first]));
    for (int i = first + 1; i < window.histogramTo; i++) {
      window.scratch().ensure(accumulation.memoryBytesAdding(window.histograms[i]));
      if (!accumulation.add(FloatHistogram.of(window.histograms[i]))) {
        HistogramNotes.warnMixedSchemas(window.annotations(), window.site(), window.metricName());
        return;
      }
    }
    if (accumulation.hasConflictingResets()) {
      HistogramNotes.warnConflictingResets(
          window.annotations(), window.site(), HistogramNotes.Operation.AGGREGATION);
    }
    if (accumulation.isReconciled()) {
      HistogramNotes.informReconciled(
          window.annotations(), window.site(), HistogramNotes.Operation.AGGREGATION);
    }
    window.scratch().ensure(3 * accumulation.memoryBytes());
    out.set(step, accumulation.finish().toNative());
  }
}
