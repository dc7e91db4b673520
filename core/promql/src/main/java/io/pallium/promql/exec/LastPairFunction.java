package io.pallium.promql.exec;

import io.pallium.base.HotPath;
import io.pallium.model.FloatHistogram;
import io.pallium.model.NativeHistogram.ResetHint;
import io.pallium.promql.plan.RangeFunction;

/// `irate` and `idelta`: the change between the last two samples of a range. O(1) per step.
@HotPath
final class LastPairFunction implements WindowFunction {
  private final boolean isRate;

  LastPairFunction(RangeFunction function) {
    this.isRate = function == RangeFunction.IRATE;
  }

  @Override
  public void apply(Window window, int step, StepColumn out) {
    if (window.floats() + window.histograms() < 2) {
      return;
    }
    if (window.histograms() > 0 && !areLastFloats(window)) {
      if (areLastHistograms(window)) {
        applyToHistograms(window, step, out);
      } else {
        window.warnMixed();
      }
      return;
    }
    int last = window.to - 1;
    double before = window.values[last - 1];
    double value = window.values[last];
    long intervalMs = window.timestamps[last] - window.timestamps[last - 1];
    // After a counter reset, the value is the change since then.
    boolean isReset = isRate && (value < before || window.isFloatRestart(last));
    double change = isReset ? value : value - before;
    out.set(step, isRate ? change / (intervalMs / 1000.0) : change);
  }

  private static boolean areLastFloats(Window window) {
    return window.floats() >= 2
        && window.histogramTimestamps[window.histogramTo - 1] < window.timestamps[window.to - 2];
  }

  private static boolean areLastHistograms(Window window) {
    return window.histograms() >= 2
        && (window.floats() == 0
            || window.timestamps[window.to - 1]
                < window.histogramTimestamps[window.histogramTo - 2]);
  }

  private void applyToHistograms(Window window, int step, StepColumn out) {
    int last = window.histogramTo - 1;
    FloatHistogram change = FloatHistogram.of(window.histograms[last]);
    FloatHistogram before = FloatHistogram.of(window.histograms[last - 1]);
    boolean isGauge = change.resetHint() == ResetHint.GAUGE;
    boolean wasGauge = before.resetHint() == ResetHint.GAUGE;
    if (isRate && (isGauge || wasGauge)) {
      HistogramNotes.warnNotCounter(window.annotations(), window.site(), window.metricName());
    }
    if (!isRate && !(isGauge && wasGauge)) {
      HistogramNotes.warnNotGauge(window.annotations(), window.site(), window.metricName());
    }
    boolean isReset = window.isHistogramRestart(last) || change.isResetSince(before);
    if (!isRate || !isReset) {
      if (!change.isCompatible(before)) {
        HistogramNotes.warnMixedSchemas(window.annotations(), window.site(), window.metricName());
        return;
      }
      if (change.hasOtherBounds(before)) {
        HistogramNotes.informReconciled(
            window.annotations(), window.site(), HistogramNotes.Operation.SUBTRACTION);
      }
      change.subtract(before);
    }
    change.setResetHint(ResetHint.GAUGE);
    change.compact();
    if (isRate) {
      long intervalMs = window.histogramTimestamps[last] - window.histogramTimestamps[last - 1];
      change.divide(intervalMs / 1000.0);
    }
    out.set(step, change.toNative());
  }
}
