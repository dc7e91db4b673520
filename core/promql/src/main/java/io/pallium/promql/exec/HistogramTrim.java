package io.pallium.promql.exec;

import io.pallium.model.BucketCounts;
import io.pallium.model.FloatHistogram;
import io.pallium.promql.arithmetic.GoMath;

/// `</` and `>/`: takes away the observations above, or below, a bound, interpolating within the
/// bucket in which it lies. What is left of the sum is estimated from the buckets.
final class HistogramTrim {
  private final FloatHistogram histogram;
  private final double bound;
  private final boolean isUpper;
  private double count;
  private double sum;
  private boolean isChanged;

  private HistogramTrim(FloatHistogram histogram, double bound, boolean isUpper) {
    this.histogram = histogram;
    this.bound = bound;
    this.isUpper = isUpper;
  }

  /// Keeps what lies below a bound, or above it.
  ///
  /// @param isUpper whether the bound is the upper one of what stays
  static void apply(FloatHistogram histogram, double bound, boolean isUpper) {
    new HistogramTrim(histogram, bound, isUpper).apply();
  }

  private void apply() {
    boolean hasPositive = trim(histogram.positive(), true);
    boolean hasNegative = trim(histogram.negative(), false);
    if (histogram.zeroCount() > 0) {
      trimZero(hasNegative, hasPositive);
    }
    if (isChanged) {
      histogram.setTotals(count, sum);
      histogram.compact();
    }
  }

  /// @return whether there are any observations on the side
  private boolean trim(BucketCounts side, boolean isPositive) {
    boolean hasAny = false;
    for (int i = 0; i < side.size(); i++) {
      double before = side.count(i);
      if (before == 0) {
        continue;
      }
      hasAny = true;
      double outer = histogram.upperBound(side.index(i));
      double inner = histogram.upperBound(side.index(i) - 1);
      double lower = isPositive ? inner : -outer;
      double upper = isPositive ? outer : -inner;
      if (isUpper ? upper <= bound : lower >= bound) {
        add(before, middle(lower, upper, isPositive));
      } else if (isUpper ? lower < bound : upper > bound) {
        double kept = split(lower, upper, before, isPositive);
        if (before != kept) {
          side.setCount(i, kept);
          isChanged = true;
        }
      } else {
        side.setCount(i, 0);
        isChanged = true;
      }
    }
    return hasAny;
  }

  private void add(double kept, double middle) {
    count += kept;
    sum += middle * kept;
  }

  /// Adds what stays of the bucket in which the bound lies.
  private double split(double lower, double upper, double before, boolean isPositive) {
    if (lower == Double.NEGATIVE_INFINITY) {
      return splitLowest(upper, before);
    }
    if (upper == Double.POSITIVE_INFINITY) {
      return splitHighest(lower, before);
    }
    double below = below(lower, upper, before);
    double kept = isUpper ? below : before - below;
    add(kept, isUpper ? middle(lower, bound, isPositive) : middle(bound, upper, isPositive));
    return kept;
  }

  /// A bucket without a lower bound begins at 0 if its upper bound is above that; otherwise nothing
  /// is known about what lies where.
  private double splitLowest(double upper, double before) {
    boolean beginsAtZero = upper > 0 && upper != Double.POSITIVE_INFINITY;
    double kept;
    double middle;
    if (isUpper && bound >= upper) {
      kept = before;
      middle = 0;
    } else if (isUpper && bound > 0 && beginsAtZero) {
      kept = before * bound / upper;
      middle = bound / 2;
    } else if (isUpper && upper <= 0) {
      kept = before;
      middle = bound;
    } else if (!isUpper && bound == Double.NEGATIVE_INFINITY) {
      kept = before;
      middle = 0;
    } else if (!isUpper && bound >= 0 && upper > bound && beginsAtZero) {
      kept = before * (1 - bound / upper);
      middle = (bound + upper) / 2;
    } else {
      kept = 0;
      middle = Double.isInfinite(upper) ? 0 : upper;
    }
    add(kept, middle);
    return kept;
  }

  private double splitHighest(double lower, double before) {
    boolean isKept = !isUpper && bound >= lower;
    double kept = isKept ? before : 0;
    add(kept, isKept ? bound : lower);
    return kept;
  }

  private double below(double lower, double upper, double before) {
    if (bound <= lower) {
      return 0;
    }
    if (bound >= upper) {
      return before;
    }
    return before * fractionBelow(bound, lower, upper, histogram.hasCustomBuckets());
  }

  private void trimZero(boolean hasNegative, boolean hasPositive) {
    double width = histogram.zeroThreshold();
    double lower = hasPositive && !hasNegative ? 0 : -width;
    double upper = hasNegative && !hasPositive ? 0 : width;
    double before = histogram.zeroCount();
    double fraction = 1;
    double middle = (lower + upper) / 2;
    if (bound <= lower || bound >= upper) {
      boolean isKept = isUpper ? bound > lower : bound <= lower;
      if (!isKept) {
        fraction = 0;
        middle = 0;
      }
    } else if (isUpper) {
      fraction = (bound - lower) / (upper - lower);
      middle = (lower + bound) / 2;
    } else {
      fraction = (upper - bound) / (upper - lower);
      middle = (bound + upper) / 2;
    }
    double kept = fraction == 1 ? before : fraction == 0 ? 0 : before * fraction;
    if (before != kept) {
      histogram.setZeroCount(kept);
      isChanged = true;
    }
    sum += middle * kept;
    count += kept;
  }

  /// The part of a bucket's width that lies below a value strictly within its finite bounds.
  ///
  /// @param isLinear whether observations spread evenly, rather than evenly by their logarithm
  static double fractionBelow(double value, double lower, double upper, boolean isLinear) {
    if (isLinear) {
      return (value - lower) / (upper - lower);
    }
    double logLower = GoMath.log2(Math.abs(lower));
    double logUpper = GoMath.log2(Math.abs(upper));
    double logValue = GoMath.log2(Math.abs(value));
    return value > 0
        ? (logValue - logLower) / (logUpper - logLower)
        : 1 - (logValue - logUpper) / (logLower - logUpper);
  }

  private double middle(double lower, double upper, boolean isPositive) {
    if (Double.isInfinite(lower)) {
      if (Double.isInfinite(upper)) {
        return 0;
      }
      return upper > 0 ? upper / 2 : upper;
    }
    if (Double.isInfinite(upper)) {
      return lower;
    }
    if (histogram.hasCustomBuckets()) {
      return (lower + upper) / 2;
    }
    double mean = Math.sqrt(Math.abs(lower * upper));
    return isPositive ? mean : -mean;
  }
}
