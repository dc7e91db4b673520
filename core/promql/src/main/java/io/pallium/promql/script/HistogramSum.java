package io.pallium.promql.script;

import io.pallium.base.BadRequestException;
import io.pallium.model.FloatHistogram;
import io.pallium.model.NativeHistogram;

/// The sum or difference of two histograms in the notation of a series. The step's resolution may
/// be higher than that of the series, never lower.
final class HistogramSum {
  private HistogramSum() {}

  static NativeHistogram of(NativeHistogram base, NativeHistogram step, boolean isDifference) {
    FloatHistogram sum = FloatHistogram.of(base);
    FloatHistogram change = FloatHistogram.of(step);
    if (base.schema() > step.schema() || !sum.isCompatible(change)) {
      throw new BadRequestException(
          "error combining histograms: cannot merge from schema "
              + step.schema()
              + " to "
              + base.schema());
    }
    if (isDifference) {
      sum.subtract(change);
    } else {
      sum.add(change);
    }
    return sum.toNative();
  }
}
