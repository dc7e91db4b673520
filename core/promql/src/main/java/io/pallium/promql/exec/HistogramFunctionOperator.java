package io.pallium.promql.exec;

import io.pallium.model.FloatHistogram;
import io.pallium.model.HistogramBuckets;
import io.pallium.model.KahanSum;
import io.pallium.model.NativeHistogram;
import io.pallium.promql.plan.HistogramFunction;

/// Makes a float of each histogram, and drops the floats. Streaming.
final class HistogramFunctionOperator extends DerivedOperator {
  private final HistogramFunction function;
  private final Scratch scratch;

  HistogramFunctionOperator(
      HistogramFunction function, SeriesOperator child, Scratch scratch, LabelProjection names) {
    super(child, names);
    this.function = function;
    this.scratch = scratch;
  }

  @Override
  void change(StepColumn column) {
    if (!column.hasHistograms()) {
      column.clear();
      return;
    }
    for (int i = column.nextPresent(0); i >= 0; i = column.nextPresent(i + 1)) {
      NativeHistogram histogram = column.histogram(i);
      column.remove(i);
      if (histogram != null) {
        column.set(i, apply(histogram));
      }
    }
  }

  private double apply(NativeHistogram histogram) {
    scratch.ensureFor(histogram);
    return switch (function) {
      case HISTOGRAM_AVG -> histogram.sum() / histogram.count();
      case HISTOGRAM_COUNT -> histogram.count();
      case HISTOGRAM_SUM -> histogram.sum();
      case HISTOGRAM_STDDEV -> Math.sqrt(variance(FloatHistogram.of(histogram)));
      case HISTOGRAM_STDVAR -> variance(FloatHistogram.of(histogram));
    };
  }

  /// The variance if all observations lie in the middle of their buckets.
  private static double variance(FloatHistogram histogram) {
    double mean = histogram.sum() / histogram.count();
    double sum = 0;
    double c = 0;
    for (var buckets = HistogramBuckets.ascending(histogram); buckets.next(); ) {
      if (buckets.count() == 0) {
        continue;
      }
      double delta = middle(buckets, histogram.hasCustomBuckets()) - mean;
      double added = buckets.count() * delta * delta;
      double next = sum + added;
      c = KahanSum.compensate(added, sum, c, next);
      sum = next;
    }
    return (sum + c) / histogram.count();
  }

  private static double middle(HistogramBuckets buckets, boolean isCustom) {
    double lower = buckets.lower();
    double upper = buckets.upper();
    if (isCustom) {
      return (upper + lower) / 2.0;
    }
    if (lower <= 0 && upper >= 0) {
      return 0;
    }
    double mean = Math.sqrt(upper * lower);
    return upper < 0 ? -mean : mean;
  }
}
