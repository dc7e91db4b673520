package io.pallium.server.api;

import io.pallium.model.FloatHistogram;
import io.pallium.model.HistogramBuckets;
import io.pallium.model.NativeHistogram;
import java.io.IOException;

/// Writes a native histogram as the query API shows it: its buckets with their bounds, from the
/// lowest to the highest, empty ones left out.
final class HistogramJson {
  private static final int LOWER_EXCLUSIVE = 0;
  private static final int UPPER_EXCLUSIVE = 1;
  private static final int BOTH_EXCLUSIVE = 2;
  private static final int BOTH_INCLUSIVE = 3;

  private HistogramJson() {}

  static void write(JsonOutput json, NativeHistogram histogram) throws IOException {
    json.raw("{\"count\":").quotedDouble(histogram.count());
    json.raw(",\"sum\":").quotedDouble(histogram.sum());
    HistogramBuckets buckets = HistogramBuckets.ascending(FloatHistogram.of(histogram));
    boolean hasBucket = false;
    while (buckets.next()) {
      if (buckets.count() == 0) {
        continue;
      }
      json.raw(hasBucket ? ",[" : ",\"buckets\":[[").number(bounds(buckets)).comma();
      json.quotedDouble(buckets.lower()).comma().quotedDouble(buckets.upper()).comma();
      json.quotedDouble(buckets.count()).raw("]");
      hasBucket = true;
    }
    json.raw(hasBucket ? "]}" : "}");
  }

  private static int bounds(HistogramBuckets buckets) {
    if (buckets.isLowerInclusive()) {
      return buckets.isUpperInclusive() ? BOTH_INCLUSIVE : UPPER_EXCLUSIVE;
    }
    return buckets.isUpperInclusive() ? LOWER_EXCLUSIVE : BOTH_EXCLUSIVE;
  }
}
