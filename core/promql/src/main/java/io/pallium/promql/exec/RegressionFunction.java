package io.pallium.promql.exec;

import io.pallium.base.HotPath;
import io.pallium.model.KahanSum;
import org.jspecify.annotations.Nullable;

/// `deriv` and `predict_linear`: the line through the floats of a range with the least squares of
/// distances. O(samples in the range) per step.
@HotPath
final class RegressionFunction implements WindowFunction {
  private final Steps steps;
  private final double @Nullable [] aheadSeconds;
  private double slope;
  private double intercept;

  private RegressionFunction(Steps steps, double @Nullable [] aheadSeconds) {
    this.steps = steps;
    this.aheadSeconds = aheadSeconds;
  }

  /// The slope per second.
  static WindowFunction slope(Steps steps) {
    return new RegressionFunction(steps, null);
  }

  /// The value some time after each step.
  static WindowFunction prediction(Steps steps, double[] aheadSeconds) {
    return new RegressionFunction(steps, aheadSeconds);
  }

  @Override
  public void apply(Window window, int step, StepColumn out) {
    int count = window.floats();
    if (count > 0 && window.histograms() > 0) {
      window.informIgnored();
    }
    if (count < 2) {
      return;
    }
    double[] ahead = aheadSeconds;
    if (ahead == null) {
      // Times near those of the samples keep the numbers small.
      fit(window, window.timestamps[window.from]);
      out.set(step, slope);
    } else {
      fit(window, steps.timeMs(step));
      out.set(step, slope * ahead[step] + intercept);
    }
  }

  /// @param zeroMs the time at which the intercept is taken
  private void fit(Window window, long zeroMs) {
    double[] values = window.values;
    double first = values[window.from];
    double n = 0;
    double sumX = 0;
    double cX = 0;
    double sumY = 0;
    double cY = 0;
    double sumXY = 0;
    double cXY = 0;
    double sumX2 = 0;
    double cX2 = 0;
    boolean isConstant = true;
    for (int i = window.from; i < window.to; i++) {
      double y = values[i];
      isConstant &= i == window.from || y == first;
      n += 1.0;
      double x = (window.timestamps[i] - zeroMs) / 1e3;
      double next = sumX + x;
      cX = KahanSum.compensate(x, sumX, cX, next);
      sumX = next;
      next = sumY + y;
      cY = KahanSum.compensate(y, sumY, cY, next);
      sumY = next;
      next = sumXY + x * y;
      cXY = KahanSum.compensate(x * y, sumXY, cXY, next);
      sumXY = next;
      next = sumX2 + x * x;
      cX2 = KahanSum.compensate(x * x, sumX2, cX2, next);
      sumX2 = next;
    }
    if (isConstant) {
      slope = Double.isInfinite(first) ? Double.NaN : 0;
      intercept = Double.isInfinite(first) ? Double.NaN : first;
      return;
    }
    sumX += cX;
    sumY += cY;
    sumXY += cXY;
    sumX2 += cX2;
    double covariance = sumXY - sumX * sumY / n;
    double variance = sumX2 - sumX * sumX / n;
    slope = covariance / variance;
    intercept = sumY / n - slope * sumX / n;
  }
}
