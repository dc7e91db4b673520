package io.pallium.promql.exec;

import io.pallium.base.HotPath;
import io.pallium.promql.plan.RangeFunction;

/// Functions over a range that are computed from its floats alone, anew at each step: the order of
/// the additions decides the bits, so they cannot slide. O(samples in the range) per step.
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
    /// They cannot be combined with floats: a warning and no value.
    NOT_MIXED
  }

  private final RangeFunction function;
  private final Floats floats;
  private final int minFloats;
  private final Histograms policy;

  FloatWindowFunction(RangeFunction function, Floats floats, int minFloats, Histograms policy) {
    this.function = function;
    this.floats = floats;
    this.minFloats = minFloats;
    this.policy = policy;
  }

  @Override
  public void apply(Window window, int step, StepColumn out) {
    if (window.histograms() > 0 && isRefused(window)) {
      return;
    }
    if (window.floats() >= minFloats) {
      out.set(step, floats.apply(window.timestamps, window.values, window.from, window.to));
    }
  }

  private boolean isRefused(Window window) {
    if (policy == Histograms.IGNORED) {
      if (window.floats() > 0) {
        window.informIgnored();
      }
      return false;
    }
    if (!window.isMixed()) {
      throw WindowFunction.histogramsUnsupported(function.text());
    }
    window.warnMixed();
    return true;
  }
}
