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
