package io.pallium.promql.script;

import io.pallium.model.NativeHistogram;
import java.util.NavigableMap;
import java.util.TreeMap;

/// The buckets of a histogram by index, those that are empty left out: a form that is the same for
/// all layouts of spans.
final class BucketMap {
  private BucketMap() {}

  static NavigableMap<Integer, Double> positive(NativeHistogram histogram) {
    return of(histogram.positiveSpans(), histogram.positiveCounts());
  }

  static NavigableMap<Integer, Double> negative(NativeHistogram histogram) {
    return of(histogram.negativeSpans(), histogram.negativeCounts());
  }

  private static NavigableMap<Integer, Double> of(int[] spans, double[] counts) {
    NavigableMap<Integer, Double> buckets = new TreeMap<>();
    int index = 0;
    int next = 0;
    for (int i = 0; i < spans.length; i += 2) {
      index += spans[i];
      for (int j = 0; j < spans[i + 1]; j++) {
        double count = counts[next++];
        if (count != 0) {
          buckets.put(index, count);
        }
        index++;
      }
    }
    return buckets;
  }

  /// Spans of one bucket each.
  static int[] spans(NavigableMap<Integer, Double> buckets) {
    int[] spans = new int[buckets.size() * 2];
    int at = 0;
    int end = 0;
    for (int index : buckets.keySet()) {
      spans[at++] = index - end;
      spans[at++] = 1;
      end = index + 1;
    }
    return spans;
  }

  /// The counts in the order of [#spans], as bits.
  static long[] bits(NavigableMap<Integer, Double> buckets) {
    return buckets.values().stream().mapToLong(Double::doubleToRawLongBits).toArray();
  }
}
