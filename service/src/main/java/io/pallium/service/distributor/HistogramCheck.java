package io.pallium.service.distributor;

import io.pallium.model.NativeHistogram;
import org.jspecify.annotations.Nullable;

/// Says whether a native histogram makes sense, by the rules of Prometheus: a schema that is known,
/// spans that fit the buckets, no negative counts, a total that matches.
final class HistogramCheck {
  private static final int MIN_SCHEMA = -4;
  private static final int MAX_SCHEMA = 8;

  private HistogramCheck() {}

  /// What is wrong with a histogram, or null if nothing is.
  static @Nullable String problem(NativeHistogram h) {
    String problem = layoutProblem(h);
    if (problem != null) {
      return problem;
    }
    return h.isFloat() ? floatCountsProblem(h) : integerCountsProblem(h);
  }

  private static @Nullable String layoutProblem(NativeHistogram h) {
    if (h.schema() == NativeHistogram.CUSTOM_BUCKETS_SCHEMA) {
      return customLayoutProblem(h);
    }
    if (h.schema() < MIN_SCHEMA || h.schema() > MAX_SCHEMA) {
      return "schema "
          + h.schema()
          + " is not known, it must be from "
          + MIN_SCHEMA
          + " to "
          + MAX_SCHEMA
          + ", or "
          + NativeHistogram.CUSTOM_BUCKETS_SCHEMA
          + " for custom buckets";
    }
    if (h.customBounds().length > 0) {
      return "it has custom bounds but an exponential schema";
    }
    String problem = spansProblem("positive", h.positiveSpans(), h.positiveBuckets().length);
    return problem != null
        ? problem
        : spansProblem("negative", h.negativeSpans(), h.negativeBuckets().length);
  }

  private static @Nullable String customLayoutProblem(NativeHistogram h) {
    double previous = Double.NEGATIVE_INFINITY;
    double[] bounds = h.customBounds();
    for (int i = 0; i < bounds.length; i++) {
      if (Double.isNaN(bounds[i]) || (i > 0 && bounds[i] <= previous)) {
        return "custom bound " + bounds[i] + " follows " + previous + ", they must ascend";
      }
      previous = bounds[i];
    }
    if (previous == Double.POSITIVE_INFINITY) {
      return "the custom bound +Inf is implied and must not be given";
    }
    if (h.zeroThreshold() != 0 || !isZero(h, h.zeroCountBits())) {
      return "it has custom buckets and a zero bucket";
    }
    if (h.negativeSpans().length > 0 || h.negativeBuckets().length > 0) {
      return "it has custom buckets and negative buckets";
    }
    int[] spans = h.positiveSpans();
    if (spans.length > 0 && spans[0] < 0) {
      return "the first span starts at " + spans[0] + " in custom buckets";
    }
    String problem = spansProblem("positive", spans, h.positiveBuckets().length);
    if (problem != null) {
      return problem;
    }
    long covered = 0;
    for (int i = 0; i < spans.length; i += 2) {
      covered += spans[i] + Integer.toUnsignedLong(spans[i + 1]);
    }
    return covered > bounds.length + 1L
        ? "spans cover " + covered + " buckets, custom bounds make " + (bounds.length + 1L)
        : null;
  }

  private static @Nullable String spansProblem(String side, int[] spans, int bucketCount) {
    long needed = 0;
    for (int i = 0; i < spans.length; i += 2) {
      if (i > 0 && spans[i] < 0) {
        return side + " span " + (i / 2 + 1) + " has the negative gap " + spans[i];
      }
      needed += Integer.toUnsignedLong(spans[i + 1]);
    }
    return needed != bucketCount
        ? side + " spans need " + needed + " buckets, there are " + bucketCount
        : null;
  }

  private static @Nullable String integerCountsProblem(NativeHistogram h) {
    long observations = h.zeroCountBits();
    for (int side = 0; side < 2; side++) {
      long[] deltas = side == 0 ? h.positiveBuckets() : h.negativeBuckets();
      long count = 0;
      for (int i = 0; i < deltas.length; i++) {
        count += deltas[i];
        if (count < 0) {
          return bucketProblem(side, i, Long.toString(count));
        }
        observations += count;
      }
    }
    int order = Long.compareUnsigned(observations, h.countBits());
    boolean matches = Double.isNaN(h.sum()) ? order <= 0 : order == 0;
    return matches
        ? null
        : "buckets hold "
            + Long.toUnsignedString(observations)
            + " observations, the count is "
            + Long.toUnsignedString(h.countBits());
  }

  private static @Nullable String floatCountsProblem(NativeHistogram h) {
    for (int side = 0; side < 2; side++) {
      long[] counts = side == 0 ? h.positiveBuckets() : h.negativeBuckets();
      for (int i = 0; i < counts.length; i++) {
        double count = Double.longBitsToDouble(counts[i]);
        if (count < 0) {
          return bucketProblem(side, i, Double.toString(count));
        }
      }
    }
    if (Double.longBitsToDouble(h.zeroCountBits()) < 0) {
      return "the zero bucket is negative";
    }
    return Double.longBitsToDouble(h.countBits()) < 0 ? "the count is negative" : null;
  }

  private static String bucketProblem(int side, int index, String count) {
    return (side == 0 ? "positive" : "negative")
        + " bucket "
        + (index + 1)
        + " has the negative count "
        + count;
  }

  private static boolean isZero(NativeHistogram h, long countBits) {
    return h.isFloat() ? Double.longBitsToDouble(countBits) == 0 : countBits == 0;
  }
}
