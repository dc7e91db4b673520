package io.pallium.promql.exec;

import io.pallium.model.FloatHistogram;
import io.pallium.model.HistogramBuckets;
import io.pallium.promql.arithmetic.GoMath;

/// Quantiles and fractions of a native histogram. Within exponential buckets, observations spread
/// evenly by their logarithm, within custom buckets and the zero bucket evenly. Confined to one
/// thread; reused.
final class HistogramQuantile {
  /// What a histogram with observations that are no numbers did to the last result.
  enum NanEffect {
    NONE,
    RESULT_IS_NAN,
    RESULT_IS_SKEWED
  }

  private NanEffect nanEffect = NanEffect.NONE;

  /// Of the last result.
  NanEffect nanEffect() {
    return nanEffect;
  }

  /// The quantile.
  double quantile(double quantile, FloatHistogram histogram) {
    nanEffect = NanEffect.NONE;
    if (quantile < 0) {
      return Double.NEGATIVE_INFINITY;
    }
    if (quantile > 1) {
      return Double.POSITIVE_INFINITY;
    }
    if (histogram.count() == 0 || Double.isNaN(quantile)) {
      return Double.NaN;
    }
    // Observations that are no numbers are in no bucket, so they can only be counted at the end.
    boolean hasNans = Double.isNaN(histogram.sum());
    boolean isForward = hasNans || quantile < 0.5;
    double total = histogram.count();
    double rank = isForward ? quantile * total : (1 - quantile) * total;
    HistogramBuckets buckets =
        isForward ? HistogramBuckets.ascending(histogram) : HistogramBuckets.descending(histogram);
    double count = 0;
    while (buckets.next()) {
      if (buckets.count() == 0) {
        continue;
      }
      count += buckets.count();
      if (count >= rank) {
        break;
      }
    }
    double lower = buckets.lower();
    double upper = buckets.upper();
    double bucketCount = buckets.count();
    boolean isCustom = histogram.hasCustomBuckets();
    if (isCustom) {
      if (lower == Double.NEGATIVE_INFINITY) {
        if (upper <= 0) {
          return upper;
        }
        lower = 0;
      } else if (upper == Double.POSITIVE_INFINITY) {
        return lower;
      }
    } else if (lower < 0 && upper > 0) {
      lower = lowerOfZero(histogram, lower);
      upper = upperOfZero(histogram, upper);
    }
    if (count > total) {
      count = total;
    }
    if (count < rank) {
      if (hasNans) {
        nanEffect = NanEffect.RESULT_IS_NAN;
        return Double.NaN;
      }
      return upper;
    }
    rank = isForward ? rank - (count - bucketCount) : count - rank;
    if (hasNans) {
      // Intended: Prometheus goes on from here with the last bucket.
      while (buckets.next()) {
        count += buckets.count();
        lower = buckets.lower();
        upper = buckets.upper();
        bucketCount = buckets.count();
      }
      if (count < total) {
        nanEffect = NanEffect.RESULT_IS_SKEWED;
      }
    }
    return interpolate(rank / bucketCount, lower, upper, isCustom);
  }

  private static double interpolate(double fraction, double lower, double upper, boolean isCustom) {
    if (isCustom || lower <= 0 && upper >= 0) {
      return lower + (upper - lower) * fraction;
    }
    double logLower = GoMath.log2(Math.abs(lower));
    double logUpper = GoMath.log2(Math.abs(upper));
    return lower > 0
        ? GoMath.exp2(logLower + (logUpper - logLower) * fraction)
        : -GoMath.exp2(logUpper + (logLower - logUpper) * (1 - fraction));
  }

  /// The fraction of observations between two values.
  double fraction(double from, double to, FloatHistogram histogram) {
    nanEffect = NanEffect.NONE;
    double total = histogram.count();
    if (total == 0 || Double.isNaN(from) || Double.isNaN(to)) {
      return Double.NaN;
    }
    if (from >= to) {
      return 0;
    }
    var low = new Rank(from, histogram);
    var high = new Rank(to, histogram);
    HistogramBuckets buckets = HistogramBuckets.ascending(histogram);
    double count = 0;
    double rank = 0;
    while (buckets.next()) {
      count += buckets.count();
      boolean isLowDone = low.look(buckets, rank);
      boolean isHighDone = high.look(buckets, rank);
      if (isLowDone && isHighDone) {
        break;
      }
      rank += buckets.count();
    }
    if (Double.isNaN(histogram.sum())) {
      while (buckets.next()) {
        count += buckets.count();
      }
      if (count < total) {
        nanEffect = NanEffect.RESULT_IS_SKEWED;
      }
    } else {
      count = total;
    }
    return (high.orAtMost(count) - low.orAtMost(count)) / total;
  }

  /// How many observations lie below a value.
  private static final class Rank {
    private final double value;
    private final FloatHistogram histogram;
    private boolean isFound;
    private double rank;

    Rank(double value, FloatHistogram histogram) {
      this.value = value;
      this.histogram = histogram;
    }

    /// @param before the observations in the buckets before
    /// @return whether it is found
    boolean look(HistogramBuckets bucket, double before) {
      if (isFound) {
        return true;
      }
      double lower = bucket.lower();
      double upper = bucket.upper();
      boolean isZero = lower <= 0 && upper >= 0;
      if (isZero) {
        lower = lowerOfZero(histogram, lower);
        upper = upperOfZero(histogram, upper);
      }
      if (lower >= value) {
        rank = before;
        isFound = true;
      } else if (upper > value) {
        boolean isLinear = isZero || histogram.hasCustomBuckets();
        rank =
            isLinear && lower == Double.NEGATIVE_INFINITY
                ? bucket.count()
                : before
                    + bucket.count() * HistogramTrim.fractionBelow(value, lower, upper, isLinear);
        isFound = true;
      }
      return isFound;
    }

    double orAtMost(double count) {
      return !isFound || rank > count ? count : rank;
    }
  }

  /// Without negative buckets, nothing in the zero bucket is below zero.
  private static double lowerOfZero(FloatHistogram histogram, double lower) {
    return histogram.negative().size() == 0 && histogram.positive().size() > 0 ? 0 : lower;
  }

  /// Without positive buckets, nothing in the zero bucket is above zero.
  private static double upperOfZero(FloatHistogram histogram, double upper) {
    return histogram.positive().size() == 0 && histogram.negative().size() > 0 ? 0 : upper;
  }
}
