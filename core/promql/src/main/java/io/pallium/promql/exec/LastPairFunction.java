package io.pallium.promql.exec;

import io.pallium.base.HotPath;
import io.pallium.promql.plan.RangeFunction;

/// `irate` and `idelta`: the change between the last two samples of a range. O(1) per step.
@HotPath
final class LastPairFunction implements WindowFunction {
  private final RangeFunction function;
  private final boolean isRate;

  LastPairFunction(RangeFunction function) {
    this.function = function;
    this.isRate = function == RangeFunction.IRATE;
  }

  @Override
  public void apply(Window window, int step, StepColumn out) {
    if (window.floats() + window.histograms() < 2) {
      return;
    }
    if (window.histograms() > 0 && !areLastFloats(window)) {
      return;
    }
    int last = window.to - 1;
    double before = window.values[last - 1];
    double value = window.values[last];
    long intervalMs = window.timestamps[last] - window.timestamps[last - 1];
    // After a counter reset, the value is the change since then.
    double change = isRate && value < before ? value : value - before;
    out.set(step, isRate ? change / (intervalMs / 1000.0) : change);
  }

  private boolean areLastFloats(Window window) {
    int last = window.to - 1;
    int lastHistogram = window.histogramTo - 1;
    long newestHistogramMs = window.histogramTimestamps[lastHistogram];
    boolean hasTwoFloats = window.floats() >= 2;
    if (hasTwoFloats && newestHistogramMs < window.timestamps[last - 1]) {
      return true;
    }
    boolean hasTwoHistograms = window.histograms() >= 2;
    if (hasTwoHistograms
        && (window.floats() == 0
            || window.timestamps[last] < window.histogramTimestamps[lastHistogram - 1])) {
      throw WindowFunction.histogramsUnsupported(function.text());
    }
    window.warnMixed();
    return false;
  }
}
