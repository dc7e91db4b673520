package io.pallium.promql.exec;

import io.pallium.promql.parse.GoText;
import java.time.Instant;

/// That, where and by how much the buckets of histograms had to be made monotonic.
///
/// @param firstMs the first step
/// @param lastMs the last step
/// @param minBucket the lowest upper bound
/// @param maxBucket the highest upper bound
/// @param maxDifference the largest correction
/// @param samples how often
record MonotonicityFix(
    long firstMs,
    long lastMs,
    double minBucket,
    double maxBucket,
    double maxDifference,
    long samples) {
  static final String TEXT =
      "input to histogram_quantile needed to be fixed for monotonicity (see"
          + " https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)";

  MonotonicityFix merge(MonotonicityFix other) {
    return new MonotonicityFix(
        Math.min(firstMs, other.firstMs),
        Math.max(lastMs, other.lastMs),
        Math.min(minBucket, other.minBucket),
        Math.max(maxBucket, other.maxBucket),
        Math.max(maxDifference, other.maxDifference),
        samples + other.samples);
  }

  /// The same fixes, counted otherwise.
  MonotonicityFix withSamples(long count) {
    return new MonotonicityFix(firstMs, lastMs, minBucket, maxBucket, maxDifference, count);
  }

  String details() {
    return ", from buckets "
        + GoText.shortest(minBucket)
        + " to "
        + GoText.shortest(maxBucket)
        + ", with a max diff of "
        + GoText.digits(maxDifference, 2)
        + ", over "
        + samples
        + " samples from "
        + Instant.ofEpochSecond(firstMs / 1000)
        + " to "
        + Instant.ofEpochSecond(lastMs / 1000);
  }
}
