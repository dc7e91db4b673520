package io.pallium.model;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A native histogram sample as it was sent: exponential (`schema` -4 to 8) or with custom buckets
/// (`schema` -53), with integer or float counts. Immutable; arrays are shared and must not be
/// changed.
///
/// Integer histograms keep bucket counts as deltas from bucket to bucket (the form of the wire and
/// of chunks), float histograms as absolute counts. Spans are pairs: gap to the previous span (or
/// start index), then number of buckets.
public final class NativeHistogram {
  /// What is known about a counter reset between the sample before and this one.
  public enum ResetHint {
    UNKNOWN,
    YES,
    NO,
    GAUGE
  }

  /// The schema of histograms with custom buckets.
  public static final int CUSTOM_BUCKETS_SCHEMA = -53;

  private static final int LOWEST_SCHEMA = -4;

  /// The object and the headers of its five arrays.
  private static final int OWN_BYTES = 72 + 5 * 16;

  private static final long STALE_BITS = 0x7ff0000000000002L;
  private static final int[] NO_SPANS = {};
  private static final long[] NO_BUCKETS = {};
  private static final double[] NO_BOUNDS = {};

  private final ResetHint resetHint;
  private final boolean isFloat;
  private final int schema;
  private final double zeroThreshold;
  private final long zeroCountBits;
  private final long countBits;
  private final double sum;
  private final int[] positiveSpans;
  private final int[] negativeSpans;
  private final long[] positiveBuckets;
  private final long[] negativeBuckets;
  private final double[] customBounds;

  /// @param isFloat whether counts and buckets are bits of doubles rather than integers
  /// @param zeroCountBits count of the zero bucket: an unsigned integer, or the bits of a double
  /// @param countBits count of all observations: an unsigned integer, or the bits of a double
  /// @param positiveSpans offset and length in turn
  /// @param positiveBuckets deltas, or the bits of absolute double counts
  /// @param customBounds upper bounds of custom buckets, ascending, without +Inf; empty otherwise
  public NativeHistogram(
      ResetHint resetHint,
      boolean isFloat,
      int schema,
      double zeroThreshold,
      long zeroCountBits,
      long countBits,
      double sum,
      int[] positiveSpans,
      long[] positiveBuckets,
      int[] negativeSpans,
      long[] negativeBuckets,
      double[] customBounds) {
    this.resetHint = resetHint;
    this.isFloat = isFloat;
    this.schema = schema;
    this.zeroThreshold = zeroThreshold;
    this.zeroCountBits = zeroCountBits;
    this.countBits = countBits;
    this.sum = sum;
    this.positiveSpans = positiveSpans;
    this.positiveBuckets = positiveBuckets;
    this.negativeSpans = negativeSpans;
    this.negativeBuckets = negativeBuckets;
    this.customBounds = customBounds;
  }

  public ResetHint resetHint() {
    return resetHint;
  }

  public boolean isFloat() {
    return isFloat;
  }

  public int schema() {
    return schema;
  }

  public double zeroThreshold() {
    return zeroThreshold;
  }

  public long zeroCountBits() {
    return zeroCountBits;
  }

  public long countBits() {
    return countBits;
  }

  public double sum() {
    return sum;
  }

  public int[] positiveSpans() {
    return positiveSpans;
  }

  public int[] negativeSpans() {
    return negativeSpans;
  }

  public long[] positiveBuckets() {
    return positiveBuckets;
  }

  public long[] negativeBuckets() {
    return negativeBuckets;
  }

  public double[] customBounds() {
    return customBounds;
  }

  /// Whether this marks the end of the series: the sum is the stale marker, nothing else counts.
  public boolean isStale() {
    return Double.doubleToRawLongBits(sum) == STALE_BITS;
  }

  /// About what this takes in memory, in bytes: more rather than less.
  public long memoryBytes() {
    return OWN_BYTES
        + (long) Integer.BYTES * (positiveSpans.length + negativeSpans.length)
        + (long) Long.BYTES
            * (positiveBuckets.length + negativeBuckets.length + customBounds.length);
  }

  /// The count of all observations as a double.
  public double count() {
    return isFloat ? Double.longBitsToDouble(countBits) : unsignedToDouble(countBits);
  }

  /// The count of the zero bucket as a double.
  public double zeroCount() {
    return isFloat ? Double.longBitsToDouble(zeroCountBits) : unsignedToDouble(zeroCountBits);
  }

  /// The absolute counts of the positive buckets, in a new array.
  public double[] positiveCounts() {
    return counts(positiveBuckets);
  }

  /// The absolute counts of the negative buckets, in a new array.
  public double[] negativeCounts() {
    return counts(negativeBuckets);
  }

  /// The same but for the hint.
  public NativeHistogram withResetHint(ResetHint hint) {
    return hint == resetHint
        ? this
        : new NativeHistogram(
            hint,
            isFloat,
            schema,
            zeroThreshold,
            zeroCountBits,
            countBits,
            sum,
            positiveSpans,
            positiveBuckets,
            negativeSpans,
            negativeBuckets,
            customBounds);
  }

  /// The buckets of both sides together.
  public int bucketCount() {
    return positiveBuckets.length + negativeBuckets.length;
  }

  /// Whether there is a lower resolution: custom buckets have none.
  public boolean canBeHalved() {
    return schema > LOWEST_SCHEMA;
  }

  /// The same observations in half of the resolution: two neighbouring buckets become one. The
  /// histogram must be valid, and [#canBeHalved].
  public NativeHistogram halved() {
    HalvedBuckets positive = new HalvedBuckets(isFloat, positiveSpans, positiveBuckets);
    HalvedBuckets negative = new HalvedBuckets(isFloat, negativeSpans, negativeBuckets);
    return new NativeHistogram(
        resetHint,
        isFloat,
        schema - 1,
        zeroThreshold,
        zeroCountBits,
        countBits,
        sum,
        positive.spans(),
        positive.buckets(),
        negative.spans(),
        negative.buckets(),
        customBounds);
  }

  /// The stale marker as a histogram.
  public static NativeHistogram stale(boolean isFloat) {
    return new NativeHistogram(
        ResetHint.UNKNOWN,
        isFloat,
        0,
        0,
        0,
        0,
        Double.longBitsToDouble(STALE_BITS),
        NO_SPANS,
        NO_BUCKETS,
        NO_SPANS,
        NO_BUCKETS,
        NO_BOUNDS);
  }

  /// Checks that schema, spans, buckets, bounds and counts fit together.
  ///
  /// @throws io.pallium.base.BadRequestException if not, with the text of Prometheus
  public void validate() {
    HistogramValidation.check(this);
  }

  private double[] counts(long[] buckets) {
    double[] counts = new double[buckets.length];
    long count = 0;
    for (int i = 0; i < counts.length; i++) {
      count += buckets[i];
      counts[i] = isFloat ? Double.longBitsToDouble(buckets[i]) : count;
    }
    return counts;
  }

  private static double unsignedToDouble(long value) {
    if (value >= 0) {
      return value;
    }
    return ((value >>> 1) | (value & 1)) * 2.0;
  }

  /// Equal to the last bit, NaN payloads of the sum included.
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof NativeHistogram h
        && resetHint == h.resetHint
        && isFloat == h.isFloat
        && schema == h.schema
        && Double.doubleToRawLongBits(zeroThreshold) == Double.doubleToRawLongBits(h.zeroThreshold)
        && zeroCountBits == h.zeroCountBits
        && countBits == h.countBits
        && Double.doubleToRawLongBits(sum) == Double.doubleToRawLongBits(h.sum)
        && Arrays.equals(positiveSpans, h.positiveSpans)
        && Arrays.equals(negativeSpans, h.negativeSpans)
        && Arrays.equals(positiveBuckets, h.positiveBuckets)
        && Arrays.equals(negativeBuckets, h.negativeBuckets)
        && Arrays.equals(customBounds, h.customBounds);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(positiveBuckets) * 31 + Long.hashCode(countBits);
  }
}
