package io.pallium.server.tool;

import io.pallium.model.FloatHistogram;
import io.pallium.model.HistogramBuckets;
import io.pallium.model.NativeHistogram;
import io.pallium.promql.parse.GoText;

/// A native histogram as a text, in the form of Prometheus's tools.
final class HistogramText {
  private HistogramText() {}

  static String of(NativeHistogram histogram) {
    StringBuilder text =
        new StringBuilder("{count:")
            .append(GoText.shortest(histogram.count()))
            .append(", sum:")
            .append(GoText.shortest(histogram.sum()));
    HistogramBuckets buckets = HistogramBuckets.ascending(FloatHistogram.of(histogram));
    while (buckets.next()) {
      if (buckets.count() != 0) {
        text.append(", ")
            .append(buckets.isLowerInclusive() ? '[' : '(')
            .append(GoText.shortest(buckets.lower()))
            .append(',')
            .append(GoText.shortest(buckets.upper()))
            .append(buckets.isUpperInclusive() ? ']' : ')')
            .append(':')
            .append(GoText.shortest(buckets.count()));
      }
    }
    return text.append('}').toString();
  }
}
