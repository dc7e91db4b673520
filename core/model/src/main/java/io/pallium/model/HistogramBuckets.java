package io.pallium.model;

/// Goes over all buckets of a histogram in the order of their bounds, empty ones included; a zero
/// bucket is among them only if it has observations. Buckets that reach into the zero bucket are
/// cut at its width. Starts before the first; the histogram must not change meanwhile.
public final class HistogramBuckets {
  private enum Part {
    FIRST,
    ZERO,
    LAST,
    END
  }

  private final FloatHistogram histogram;
  private final boolean isAscending;
  private Part part = Part.FIRST;
  private int next;
  private double lower;
  private double upper;
  private double count;
  private boolean isLowerInclusive;
  private boolean isUpperInclusive;

  private HistogramBuckets(FloatHistogram histogram, boolean isAscending) {
    this.histogram = histogram;
    this.isAscending = isAscending;
    this.next = first().size() - 1;
  }

  /// From the lowest bucket to the highest.
  public static HistogramBuckets ascending(FloatHistogram histogram) {
    return new HistogramBuckets(histogram, true);
  }

  /// From the highest bucket to the lowest.
  public static HistogramBuckets descending(FloatHistogram histogram) {
    return new HistogramBuckets(histogram, false);
  }

  /// Moves on to the next bucket.
  ///
  /// @return whether there is one
  public boolean next() {
    if (part == Part.FIRST) {
      if (next >= 0) {
        read(first(), next--, !isAscending);
        return true;
      }
      part = Part.ZERO;
    }
    if (part == Part.ZERO) {
      part = Part.LAST;
      next = 0;
      if (histogram.zeroCount() > 0) {
        readZero();
        return true;
      }
    }
    if (part == Part.LAST && next < last().size()) {
      read(last(), next++, isAscending);
      return true;
    }
    part = Part.END;
    return false;
  }

  public double lower() {
    return lower;
  }

  public double upper() {
    return upper;
  }

  public double count() {
    return count;
  }

  /// Whether the lower bound itself lies in the bucket.
  public boolean isLowerInclusive() {
    return isLowerInclusive;
  }

  /// Whether the upper bound itself lies in the bucket.
  public boolean isUpperInclusive() {
    return isUpperInclusive;
  }

  /// The side that is read from its end towards zero.
  private BucketCounts first() {
    return isAscending ? histogram.negative() : histogram.positive();
  }

  private BucketCounts last() {
    return isAscending ? histogram.positive() : histogram.negative();
  }

  private void read(BucketCounts side, int n, boolean isPositive) {
    int index = side.index(n);
    double outer = histogram.upperBound(index);
    double inner = histogram.upperBound(index - 1);
    lower = isPositive ? inner : -outer;
    upper = isPositive ? outer : -inner;
    count = side.count(n);
    if (histogram.hasCustomBuckets()) {
      isLowerInclusive = index == 0;
      isUpperInclusive = true;
    } else {
      isLowerInclusive = lower < 0;
      isUpperInclusive = upper > 0;
    }
    double width = histogram.zeroThreshold();
    if (upper < 0 && upper > -width) {
      upper = -width;
    } else if (lower > 0 && lower < width) {
      lower = width;
    }
  }

  private void readZero() {
    lower = -histogram.zeroThreshold();
    upper = histogram.zeroThreshold();
    count = histogram.zeroCount();
    isLowerInclusive = true;
    isUpperInclusive = true;
  }
}
