package io.pallium.promql.exec;

import io.pallium.model.BucketCounts;
import io.pallium.model.FloatHistogram;
import io.pallium.model.NativeHistogram;
import io.pallium.promql.parse.GoText;

/// A native histogram as the value of a label: its count, its sum and the buckets that are not
/// empty, from the lowest to the highest.
final class HistogramText {
  private HistogramText() {}

  /// A bound for the memory that it takes to make the text, in bytes: three numbers a bucket.
  static long maxBytes(NativeHistogram histogram) {
    return 24 * histogram.memoryBytes();
  }

  static String of(NativeHistogram histogram) {
    StringBuilder text =
        new StringBuilder("{count:")
            .append(GoText.shortest(histogram.count()))
            .append(", sum:")
            .append(GoText.shortest(histogram.sum()));
    FloatHistogram buckets = FloatHistogram.of(histogram);
    for (int i = buckets.negative().size() - 1; i >= 0; i--) {
      append(text, buckets, i, false);
    }
    if (buckets.zeroCount() != 0) {
      String width = GoText.shortest(buckets.zeroThreshold());
      String lower = GoText.shortest(-buckets.zeroThreshold());
      text.append(", [").append(lower).append(',').append(width).append("]:");
      text.append(GoText.shortest(buckets.zeroCount()));
    }
    for (int i = 0; i < buckets.positive().size(); i++) {
      append(text, buckets, i, true);
    }
    return text.append('}').toString();
  }

  private static void append(StringBuilder text, FloatHistogram of, int n, boolean isPositive) {
    BucketCounts side = isPositive ? of.positive() : of.negative();
    if (side.count(n) == 0) {
      return;
    }
    int index = side.index(n);
    double outer = of.upperBound(index);
    double inner = of.upperBound(index - 1);
    double lower = isPositive ? inner : -outer;
    double upper = isPositive ? outer : -inner;
    boolean isLowerInclusive = of.hasCustomBuckets() ? index == 0 : lower < 0;
    boolean isUpperInclusive = of.hasCustomBuckets() || upper > 0;
    text.append(", ").append(isLowerInclusive ? '[' : '(').append(GoText.shortest(lower));
    text.append(',').append(GoText.shortest(upper)).append(isUpperInclusive ? ']' : ')');
    text.append(':').append(GoText.shortest(side.count(n)));
  }
}
