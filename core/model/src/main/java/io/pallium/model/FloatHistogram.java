package io.pallium.model;

import io.pallium.model.NativeHistogram.ResetHint;
import org.jspecify.annotations.Nullable;

/// A native histogram to compute with: all counts are doubles, buckets are lists of index and
/// count. Mutable, confined to one thread; samples and results are [NativeHistogram]s, which are
/// not.
///
/// What is computed gives the bits of Prometheus: same operations, same order. Histograms of
/// different resolution or width of the zero bucket are brought to what both can have; with custom
/// bounds that differ, the bounds that both have stay.
public final class FloatHistogram {
  private ResetHint hint;
  private int schema;
  private double zeroThreshold;
  private double zeroCount;
  private double count;
  private double sum;
  private BucketCounts positive;
  private BucketCounts negative;
  private double[] customBounds;

  private FloatHistogram(
      ResetHint hint,
      int schema,
      double zeroThreshold,
      double zeroCount,
      double count,
      double sum,
      BucketCounts positive,
      BucketCounts negative,
      double[] customBounds) {
    this.hint = hint;
    this.schema = schema;
    this.zeroThreshold = zeroThreshold;
    this.zeroCount = zeroCount;
    this.count = count;
    this.sum = sum;
    this.positive = positive;
    this.negative = negative;
    this.customBounds = customBounds;
  }

  /// A copy of a sample. Custom buckets come without what they do not use: Prometheus forgets that
  /// when it copies, even if it is NaN by then.
  public static FloatHistogram of(NativeHistogram sample) {
    if (sample.schema() == NativeHistogram.CUSTOM_BUCKETS_SCHEMA) {
      return new FloatHistogram(
          sample.resetHint(),
          sample.schema(),
          0,
          0,
          sample.count(),
          sample.sum(),
          BucketCounts.of(sample.positiveSpans(), sample.positiveCounts()),
          new BucketCounts(),
          sample.customBounds());
    }
    return new FloatHistogram(
        sample.resetHint(),
        sample.schema(),
        sample.zeroThreshold(),
        sample.zeroCount(),
        sample.count(),
        sample.sum(),
        BucketCounts.of(sample.positiveSpans(), sample.positiveCounts()),
        BucketCounts.of(sample.negativeSpans(), sample.negativeCounts()),
        sample.customBounds());
  }

  /// A histogram without observations, with the schema and the custom bounds of another one.
  public static FloatHistogram emptyLike(FloatHistogram other) {
    return new FloatHistogram(
        ResetHint.UNKNOWN,
        other.schema,
        0,
        0,
        0,
        0,
        new BucketCounts(),
        new BucketCounts(),
        other.customBounds);
  }

  /// A copy as an immutable sample.
  public NativeHistogram toNative() {
    return new NativeHistogram(
        hint,
        true,
        schema,
        zeroThreshold,
        Double.doubleToRawLongBits(zeroCount),
        Double.doubleToRawLongBits(count),
        sum,
        positive.toSpans(),
        positive.toBits(),
        negative.toSpans(),
        negative.toBits(),
        customBounds);
  }

  public FloatHistogram copy() {
    return new FloatHistogram(
        hint,
        schema,
        zeroThreshold,
        hasCustomBuckets() ? 0 : zeroCount,
        count,
        sum,
        positive.copy(),
        negative.copy(),
        customBounds);
  }

  /// A copy in a schema that is as coarse or coarser; a coarser one has no reset hint.
  public FloatHistogram copyTo(int targetSchema) {
    if (targetSchema == schema) {
      return copy();
    }
    int levels = levelsTo(targetSchema);
    return new FloatHistogram(
        ResetHint.UNKNOWN,
        targetSchema,
        zeroThreshold,
        zeroCount,
        count,
        sum,
        positive.reduced(levels),
        negative.reduced(levels),
        customBounds);
  }

  public ResetHint resetHint() {
    return hint;
  }

  public void setResetHint(ResetHint newHint) {
    hint = newHint;
  }

  public int schema() {
    return schema;
  }

  /// Whether the bounds of the buckets are given one by one rather than by a schema.
  public boolean hasCustomBuckets() {
    return schema == NativeHistogram.CUSTOM_BUCKETS_SCHEMA;
  }

  public double zeroThreshold() {
    return zeroThreshold;
  }

  public double zeroCount() {
    return zeroCount;
  }

  public void setZeroCount(double newCount) {
    zeroCount = newCount;
  }

  public double count() {
    return count;
  }

  public double sum() {
    return sum;
  }

  /// Changes the totals.
  public void setTotals(double newCount, double newSum) {
    count = newCount;
    sum = newSum;
  }

  /// The live buckets above the zero bucket, or all custom ones.
  public BucketCounts positive() {
    return positive;
  }

  /// The live buckets below the zero bucket; indices grow away from zero.
  public BucketCounts negative() {
    return negative;
  }

  /// The upper bound of a positive bucket; the lower one is that of the index before. The negative
  /// of it bounds negative buckets.
  public double upperBound(int index) {
    if (!hasCustomBuckets()) {
      return ExponentialBounds.upper(index, schema);
    }
    if (index < 0) {
      return Double.NEGATIVE_INFINITY;
    }
    return index >= customBounds.length ? Double.POSITIVE_INFINITY : customBounds[index];
  }

  /// The memory that it takes, in bytes, about.
  public long memoryBytes() {
    return 160 + 12L * (positive.size() + negative.size()) + 8L * customBounds.length;
  }

  /// Multiplies all counts and the sum.
  public FloatHistogram multiply(double factor) {
    zeroCount *= factor;
    count *= factor;
    sum *= factor;
    positive.multiply(factor);
    negative.multiply(factor);
    if (factor < 0) {
      hint = ResetHint.GAUGE;
    }
    return this;
  }

  /// Divides all counts and the sum; dividing by 0 leaves no buckets.
  public FloatHistogram divide(double divisor) {
    zeroCount /= divisor;
    count /= divisor;
    sum /= divisor;
    if (divisor == 0) {
      positive.clear();
      negative.clear();
      return this;
    }
    positive.divide(divisor);
    negative.divide(divisor);
    if (divisor < 0) {
      hint = ResetHint.GAUGE;
    }
    return this;
  }

  /// Whether two histograms can be added: not if one has custom buckets and the other has not.
  public boolean isCompatible(FloatHistogram other) {
    return hasCustomBuckets() == other.hasCustomBuckets();
  }

  /// Whether both have custom buckets, with different bounds.
  public boolean hasOtherBounds(FloatHistogram other) {
    return hasCustomBuckets()
        && other.hasCustomBuckets()
        && !CustomBounds.areEqual(customBounds, other.customBounds);
  }

  /// Whether one says that the counter was reset and the other that it was not.
  public boolean hasConflictingHint(FloatHistogram other) {
    return hint == ResetHint.YES && other.hint == ResetHint.NO
        || hint == ResetHint.NO && other.hint == ResetHint.YES;
  }

  /// Adds a compatible histogram.
  public void add(FloatHistogram other) {
    combine(other, false);
  }

  /// Subtracts a compatible histogram.
  public void subtract(FloatHistogram other) {
    combine(other, true);
  }

  /// Adds a compatible histogram and keeps what rounding loses.
  ///
  /// @param compensation what was lost so far, as this method gave it; null if nothing was added
  /// @return what was lost so far, to be added at the end: the same object if there was one
  public FloatHistogram addCompensated(
      FloatHistogram other, @Nullable FloatHistogram compensation) {
    requireCompatible(other);
    combineHints(other);
    FloatHistogram c = compensation == null ? newCompensation() : compensation;
    if (!hasCustomBuckets()) {
      ZeroBucket otherZero = reconcileZeroBuckets(other, c);
      addZeroCount(otherZero.count, c);
      addZeroCount(otherZero.compensation, c);
    }
    double nextCount = count + other.count;
    c.count = KahanSum.compensate(other.count, count, c.count, nextCount);
    count = nextCount;
    double nextSum = sum + other.sum;
    c.sum = KahanSum.compensate(other.sum, sum, c.sum, nextSum);
    sum = nextSum;
    if (hasOtherBounds(other)) {
      var merged = new CustomBounds.Merger(customBounds, other.customBounds);
      merged.add(positive, customBounds, c.positive, false);
      merged.add(other.positive, other.customBounds, null, false);
      positive = merged.counts();
      c.positive = merged.compensations();
      customBounds = merged.bounds();
      c.customBounds = customBounds;
      return c;
    }
    BucketCounts otherPositive = other.positive;
    BucketCounts otherNegative = other.negative;
    BucketCounts otherPositiveC = null;
    BucketCounts otherNegativeC = null;
    if (other.schema < schema) {
      int levels = levelsTo(other.schema);
      positive.reduce(levels, c.positive);
      negative.reduce(levels, c.negative);
      schema = other.schema;
    } else if (other.schema > schema) {
      int levels = other.levelsTo(schema);
      otherPositive = otherPositive.copy();
      otherPositiveC = otherPositive.emptied();
      otherPositive.reduce(levels, otherPositiveC);
      otherNegative = otherNegative.copy();
      otherNegativeC = otherNegative.emptied();
      otherNegative.reduce(levels, otherNegativeC);
    }
    positive.add(otherPositive, firstAbove(otherPositive), c.positive, otherPositiveC);
    negative.add(otherNegative, firstAbove(otherNegative), c.negative, otherNegativeC);
    c.schema = schema;
    c.zeroThreshold = zeroThreshold;
    return c;
  }

  /// Leaves out empty buckets.
  public FloatHistogram compact() {
    positive.compact();
    negative.compact();
    return this;
  }

  /// Whether any count, bound or the sum is infinite.
  public boolean hasInfinity() {
    if (Double.isInfinite(zeroCount) || Double.isInfinite(count) || Double.isInfinite(sum)) {
      return true;
    }
    for (double bound : customBounds) {
      if (Double.isInfinite(bound)) {
        return true;
      }
    }
    return positive.hasInfinity() || negative.hasInfinity();
  }

  /// Whether the counter was reset between a sample and this one: a hint decides if there is one,
  /// else any count that went down, and any change of the buckets that needs a reset.
  public boolean isResetSince(FloatHistogram before) {
    if (hint == ResetHint.YES || hint == ResetHint.NO) {
      return hint == ResetHint.YES;
    }
    if (count < before.count) {
      return true;
    }
    if (hasCustomBuckets()) {
      if (!before.hasCustomBuckets()) {
        return true;
      }
      if (hasOtherBounds(before)) {
        return CustomBounds.isBelow(positive, customBounds, before.positive, before.customBounds);
      }
    }
    if (schema > before.schema || zeroThreshold < before.zeroThreshold) {
      return true;
    }
    ZeroBucket zero = before.zeroBucketFor(zeroThreshold, null);
    if (zero.threshold != zeroThreshold || zeroCount < zero.count) {
      return true;
    }
    return isBelow(positive, before.positive, before) || isBelow(negative, before.negative, before);
  }

  /// Whether both have the same buckets and all numbers are equal bit by bit. Reset hints do not
  /// matter, empty buckets do.
  public boolean hasSameData(FloatHistogram other) {
    return schema == other.schema
        && Double.doubleToRawLongBits(count) == Double.doubleToRawLongBits(other.count)
        && Double.doubleToRawLongBits(sum) == Double.doubleToRawLongBits(other.sum)
        && !hasOtherBounds(other)
        && zeroThreshold == other.zeroThreshold
        && Double.doubleToRawLongBits(zeroCount) == Double.doubleToRawLongBits(other.zeroCount)
        && negative.isEqualTo(other.negative)
        && positive.isEqualTo(other.positive);
  }

  private void combine(FloatHistogram other, boolean isNegative) {
    requireCompatible(other);
    combineHints(other);
    double sign = isNegative ? -1 : 1;
    if (!hasCustomBuckets()) {
      ZeroBucket otherZero = reconcileZeroBuckets(other, null);
      zeroCount += sign * otherZero.count;
    }
    count += sign * other.count;
    sum += sign * other.sum;
    if (hasOtherBounds(other)) {
      var merged = new CustomBounds.Merger(customBounds, other.customBounds);
      merged.add(positive, customBounds, null, false);
      merged.add(other.positive, other.customBounds, null, isNegative);
      positive = merged.counts();
      customBounds = merged.bounds();
      return;
    }
    BucketCounts otherPositive = other.positive;
    BucketCounts otherNegative = other.negative;
    if (other.schema < schema) {
      int levels = levelsTo(other.schema);
      positive = positive.reduced(levels);
      negative = negative.reduced(levels);
      schema = other.schema;
    } else if (other.schema > schema) {
      int levels = other.levelsTo(schema);
      otherPositive = otherPositive.reduced(levels);
      otherNegative = otherNegative.reduced(levels);
    }
    positive.add(otherPositive, firstAbove(otherPositive), isNegative);
    negative.add(otherNegative, firstAbove(otherNegative), isNegative);
  }

  private void requireCompatible(FloatHistogram other) {
    if (!isCompatible(other)) {
      throw new AssertionError("BUG: custom buckets combined with schema " + schema);
    }
  }

  private int levelsTo(int coarser) {
    if (hasCustomBuckets() || coarser > schema || !ExponentialBounds.isExponential(coarser)) {
      throw new AssertionError("BUG: schema " + schema + " cannot become " + coarser);
    }
    return schema - coarser;
  }

  private void combineHints(FloatHistogram other) {
    if (other.hint == hint || hint == ResetHint.GAUGE) {
      return;
    }
    hint = other.hint == ResetHint.GAUGE ? ResetHint.GAUGE : ResetHint.UNKNOWN;
  }

  private FloatHistogram newCompensation() {
    return new FloatHistogram(
        hint, schema, zeroThreshold, 0, 0, 0, positive.emptied(), negative.emptied(), customBounds);
  }

  private void addZeroCount(double added, FloatHistogram compensation) {
    double next = zeroCount + added;
    compensation.zeroCount = KahanSum.compensate(added, zeroCount, compensation.zeroCount, next);
    zeroCount = next;
  }

  /// The first bucket that is not within the zero bucket.
  private int firstAbove(BucketCounts buckets) {
    int first = 0;
    if (!hasCustomBuckets()) {
      while (first < buckets.size() && upperBound(buckets.index(first)) <= zeroThreshold) {
        first++;
      }
    }
    return first;
  }

  private boolean isBelow(BucketCounts now, BucketCounts then, FloatHistogram before) {
    BucketCounts buckets = before.schema == schema ? then : then.reduced(before.levelsTo(schema));
    if (zeroThreshold == 0) {
      return now.isBelow(buckets, 0, 0);
    }
    return now.isBelow(buckets, firstAbove(now), firstAbove(buckets));
  }

  /// A zero bucket of a certain width.
  ///
  /// @param compensation what rounding lost
  private record ZeroBucket(double count, double threshold, double compensation) {}

  /// What the zero bucket would be if it were as wide as asked for, or wider if that ends within a
  /// bucket with observations.
  ///
  /// @param c what was lost so far; null without compensation
  private ZeroBucket zeroBucketFor(double asked, @Nullable FloatHistogram c) {
    double lost = c == null ? 0 : c.zeroCount;
    if (asked == zeroThreshold) {
      return new ZeroBucket(zeroCount, asked, lost);
    }
    double threshold = asked;
    while (true) {
      var zero = new ZeroSum(zeroCount, lost);
      int reached = zero.add(this, positive, c == null ? null : c.positive, threshold);
      if (reached >= 0) {
        threshold = upperBound(positive.index(reached));
      }
      reached = zero.add(this, negative, c == null ? null : c.negative, threshold);
      // Intended: what was lost is not forgotten when it starts anew, as in Prometheus.
      lost = zero.compensation;
      if (reached < 0) {
        return new ZeroBucket(zero.sum, threshold, lost);
      }
      threshold = upperBound(negative.index(reached));
    }
  }

  private static final class ZeroSum {
    double sum;
    double compensation;

    ZeroSum(double sum, double compensation) {
      this.sum = sum;
      this.compensation = compensation;
    }

    /// Adds the buckets up to a threshold.
    ///
    /// @return the bucket with observations in which the threshold lies; -1 if there is none
    int add(
        FloatHistogram histogram,
        BucketCounts buckets,
        @Nullable BucketCounts compensations,
        double threshold) {
      for (int i = 0; i < buckets.size(); i++) {
        if (histogram.upperBound(buckets.index(i) - 1) >= threshold) {
          return -1;
        }
        add(buckets.count(i));
        if (compensations != null) {
          add(compensations.count(i));
        }
        if (histogram.upperBound(buckets.index(i)) > threshold) {
          return buckets.count(i) == 0 ? -1 : i;
        }
      }
      return -1;
    }

    private void add(double added) {
      double next = sum + added;
      compensation = KahanSum.compensate(added, sum, compensation, next);
      sum = next;
    }
  }

  /// Finds a zero bucket that is wide enough for both and makes it that of this histogram.
  ///
  /// @return the other histogram's zero bucket of the same width
  private ZeroBucket reconcileZeroBuckets(FloatHistogram other, @Nullable FloatHistogram c) {
    var otherZero = new ZeroBucket(other.zeroCount, other.zeroThreshold, 0);
    // Ends for widths that are not numbers, too.
    while (otherZero.threshold < zeroThreshold || otherZero.threshold > zeroThreshold) {
      if (zeroThreshold > otherZero.threshold) {
        otherZero = other.zeroBucketFor(zeroThreshold, null);
      }
      if (otherZero.threshold > zeroThreshold) {
        ZeroBucket wider = zeroBucketFor(otherZero.threshold, c);
        zeroCount = wider.count;
        zeroThreshold = wider.threshold;
        if (c != null) {
          c.zeroCount = wider.compensation;
        }
        emptyWithinZeroBucket(positive, c == null ? null : c.positive);
        emptyWithinZeroBucket(negative, c == null ? null : c.negative);
        if (c == null) {
          compact();
        } else {
          positive.compact(c.positive);
          negative.compact(c.negative);
        }
      }
    }
    return otherZero;
  }

  private void emptyWithinZeroBucket(BucketCounts buckets, @Nullable BucketCounts compensations) {
    for (int i = 0; i < buckets.size(); i++) {
      if (upperBound(buckets.index(i) - 1) >= zeroThreshold) {
        return;
      }
      buckets.setCount(i, 0);
      if (compensations != null) {
        compensations.setCount(i, 0);
      }
    }
  }
}
