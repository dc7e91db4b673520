package io.pallium.model;

import io.pallium.base.BadRequestException;
import java.math.BigDecimal;
import java.math.RoundingMode;

/// The checks on a native histogram that was sent to us, with the texts of Prometheus: senders know
/// them.
final class HistogramValidation {
  private static final String NEGATIVE_BUCKET =
      "histogram has a bucket whose observation count is negative";
  private static final String NEGATIVE_OFFSET = "histogram has a span whose offset is negative";
  private static final String SPANS_MISMATCH =
      "histogram spans specify different number of buckets than provided";

  private HistogramValidation() {}

  static void check(NativeHistogram histogram) {
    if (histogram.schema() == NativeHistogram.CUSTOM_BUCKETS_SCHEMA) {
      checkCustom(histogram);
    } else if (histogram.schema() >= -4 && histogram.schema() <= 8) {
      checkExponential(histogram);
    } else {
      throw new BadRequestException(
          "histogram has an invalid schema, which must be between -4 and 8 for exponential"
              + " buckets, or -53 for custom buckets, got schema "
              + histogram.schema());
    }
    if (histogram.isFloat()) {
      if (histogram.count() < 0) {
        throw new BadRequestException(
            "observation count is  "
                + goText(histogram.count())
                + ": histogram's observation count is negative");
      }
      checkFloatBuckets("positive side: ", histogram.positiveBuckets());
      return;
    }
    long found =
        histogram.zeroCountBits()
            + sumOfBuckets("positive side: ", histogram.positiveBuckets())
            + sumOfBuckets("negative side: ", histogram.negativeBuckets());
    checkCount(histogram, found);
  }

  private static void checkCount(NativeHistogram histogram, long found) {
    boolean isNan = Double.isNaN(histogram.sum());
    if (isNan
        ? Long.compareUnsigned(found, histogram.countBits()) <= 0
        : found == histogram.countBits()) {
      return;
    }
    throw new BadRequestException(
        Long.toUnsignedString(found)
            + " observations found in buckets, but the Count field is "
            + Long.toUnsignedString(histogram.countBits())
            + (isNan
                ? ": histogram's observation count should be at least the number of observations"
                    + " found in the buckets"
                : ": histogram's observation count should equal the number of observations found"
                    + " in the buckets (in absence of NaN)"));
  }

  private static void checkExponential(NativeHistogram histogram) {
    checkSpans("positive side: ", histogram.positiveSpans(), histogram.positiveBuckets().length, 1);
    checkSpans("negative side: ", histogram.negativeSpans(), histogram.negativeBuckets().length, 1);
    if (histogram.isFloat()) {
      checkFloatBuckets("negative side: ", histogram.negativeBuckets());
      if (histogram.zeroCount() < 0) {
        throw new BadRequestException(
            "zero bucket has observation count of "
                + goText(histogram.zeroCount())
                + ": "
                + NEGATIVE_BUCKET);
      }
    } else {
      sumOfBuckets("negative side: ", histogram.negativeBuckets());
    }
    if (histogram.customBounds().length > 0) {
      throw new BadRequestException(
          "histogram with exponential schema must not have custom bounds");
    }
  }

  private static void checkCustom(NativeHistogram histogram) {
    double[] bounds = histogram.customBounds();
    double previous = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < bounds.length; i++) {
      if (Double.isNaN(bounds[i])) {
        throw new BadRequestException("custom buckets: histogram custom bounds must not be NaN");
      }
      if (i > 0 && bounds[i] <= previous) {
        throw new BadRequestException(
            "custom buckets: previous bound is "
                + fixed(previous)
                + " and current is "
                + fixed(bounds[i])
                + ": histogram custom bounds must be in strictly increasing order");
      }
      previous = bounds[i];
    }
    if (previous == Double.POSITIVE_INFINITY) {
      throw new BadRequestException(
          "custom buckets: last +Inf bound must not be explicitly defined: histogram custom bounds"
              + " must be finite");
    }
    long covered =
        checkSpans(
            "custom buckets: ", histogram.positiveSpans(), histogram.positiveBuckets().length, 0);
    if (bounds.length + 1 < covered) {
      throw new BadRequestException(
          "custom buckets: only "
              + bounds.length
              + " custom bounds defined which is insufficient to cover total span length of "
              + covered
              + ": histogram custom bounds are too few");
    }
    if (histogram.zeroCount() != 0) {
      throw new BadRequestException("custom buckets: must have zero count of 0");
    }
    if (histogram.zeroThreshold() != 0) {
      throw new BadRequestException("custom buckets: must have zero threshold of 0");
    }
    if (histogram.negativeSpans().length > 0) {
      throw new BadRequestException("custom buckets: must not have negative spans");
    }
    if (histogram.negativeBuckets().length > 0) {
      throw new BadRequestException("custom buckets: must not have negative buckets");
    }
  }

  /// @param firstChecked the number of the first span that must not have a negative offset
  /// @return the buckets that spans and gaps cover
  private static long checkSpans(String side, int[] spans, int buckets, int firstChecked) {
    long needed = 0;
    long covered = 0;
    for (int i = 0; i < spans.length; i += 2) {
      if (i / 2 >= firstChecked && spans[i] < 0) {
        throw new BadRequestException(
            side
                + "span number "
                + (i / 2 + 1)
                + " with offset "
                + spans[i]
                + ": "
                + NEGATIVE_OFFSET);
      }
      long length = spans[i + 1] & 0xffff_ffffL;
      needed += length;
      covered += length + spans[i];
    }
    if (needed != buckets) {
      throw new BadRequestException(
          side
              + "spans need "
              + needed
              + " buckets, have "
              + buckets
              + " buckets: "
              + SPANS_MISMATCH);
    }
    return covered;
  }

  private static long sumOfBuckets(String side, long[] deltas) {
    long sum = 0;
    long count = 0;
    for (int i = 0; i < deltas.length; i++) {
      count += deltas[i];
      if (count < 0) {
        throw new BadRequestException(
            side
                + "bucket number "
                + (i + 1)
                + " has observation count of "
                + count
                + ": "
                + NEGATIVE_BUCKET);
      }
      sum += count;
    }
    return sum;
  }

  private static void checkFloatBuckets(String side, long[] buckets) {
    for (int i = 0; i < buckets.length; i++) {
      double count = Double.longBitsToDouble(buckets[i]);
      if (count < 0) {
        throw new BadRequestException(
            side
                + "bucket number "
                + (i + 1)
                + " has observation count of "
                + goText(count)
                + ": "
                + NEGATIVE_BUCKET);
      }
    }
  }

  private static String goText(double value) {
    if (Double.isInfinite(value)) {
      return value < 0 ? "-Inf" : "+Inf";
    }
    return new BigDecimal(Double.toString(value)).stripTrailingZeros().toPlainString();
  }

  private static String fixed(double value) {
    if (Double.isInfinite(value)) {
      return value < 0 ? "-Inf" : "+Inf";
    }
    return new BigDecimal(value).setScale(6, RoundingMode.HALF_EVEN).toPlainString();
  }
}
