package io.pallium.promql.script;

import io.pallium.base.BadRequestException;
import io.pallium.model.NativeHistogram;
import io.pallium.model.NativeHistogram.ResetHint;
import java.util.Arrays;
import java.util.NavigableMap;
import java.util.TreeMap;

/// The sum or difference of two histograms in the notation of a series. The step's resolution may
/// be higher than that of the series, never lower; zero thresholds and custom bounds must be equal.
final class HistogramSum {
  private HistogramSum() {}

  static NativeHistogram of(NativeHistogram base, NativeHistogram step, boolean isDifference) {
    if (base.schema() > step.schema()
        || (base.schema() == NativeHistogram.CUSTOM_BUCKETS_SCHEMA)
            != (step.schema() == NativeHistogram.CUSTOM_BUCKETS_SCHEMA)) {
      throw new BadRequestException(
          "error combining histograms: cannot merge from schema "
              + step.schema()
              + " to "
              + base.schema());
    }
    if (base.zeroThreshold() != step.zeroThreshold()
        || !Arrays.equals(base.customBounds(), step.customBounds())) {
      throw new BadRequestException(
          "error combining histograms: zero thresholds and custom values must be equal");
    }
    int shift = step.schema() - base.schema();
    double sign = isDifference ? -1 : 1;
    NavigableMap<Integer, Double> positive = BucketMap.positive(base);
    addTo(positive, BucketMap.positive(step), shift, sign);
    NavigableMap<Integer, Double> negative = BucketMap.negative(base);
    addTo(negative, BucketMap.negative(step), shift, sign);
    return new NativeHistogram(
        hint(base.resetHint(), step.resetHint()),
        true,
        base.schema(),
        base.zeroThreshold(),
        Double.doubleToRawLongBits(base.zeroCount() + sign * step.zeroCount()),
        Double.doubleToRawLongBits(base.count() + sign * step.count()),
        base.sum() + sign * step.sum(),
        BucketMap.spans(positive),
        BucketMap.bits(positive),
        BucketMap.spans(negative),
        BucketMap.bits(negative),
        base.customBounds());
  }

  private static void addTo(
      NavigableMap<Integer, Double> into,
      NavigableMap<Integer, Double> buckets,
      int shift,
      double sign) {
    NavigableMap<Integer, Double> reduced = new TreeMap<>();
    buckets.forEach(
        (index, count) ->
            reduced.merge(
                shift == 0 ? index : ((index - 1) >> shift) + 1, sign * count, Double::sum));
    reduced.forEach((index, count) -> into.merge(index, count, Double::sum));
  }

  private static ResetHint hint(ResetHint base, ResetHint step) {
    if (base == step) {
      return base;
    }
    boolean isGauge = base == ResetHint.GAUGE || step == ResetHint.GAUGE;
    return isGauge ? ResetHint.GAUGE : ResetHint.UNKNOWN;
  }
}
