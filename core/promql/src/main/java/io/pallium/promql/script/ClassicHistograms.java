package io.pallium.promql.script;

import io.pallium.base.BadRequestException;
import io.pallium.model.Labels;
import io.pallium.model.NativeHistogram;
import io.pallium.model.NativeHistogram.ResetHint;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Collects the series of classic histograms and gives them as native histograms with custom
/// buckets: what `load_with_nhcb` adds. The observations of a bucket are those that the next
/// smaller one does not have.
final class ClassicHistograms {
  /// What is known about one histogram at one time.
  private static final class Parts {
    final NavigableMap<Double, Double> buckets = new TreeMap<>();
    @Nullable Double count;
    double sum;
  }

  private final Map<Labels, NavigableMap<Long, Parts>> histograms = new LinkedHashMap<>();

  /// Takes a sample if its series is a part of a classic histogram.
  void add(Labels labels, long timestampMs, double value) {
    String name = labels.get(Labels.METRIC_NAME);
    if (name == null) {
      return;
    }
    if (name.endsWith("_bucket")) {
      Double bound = bound(labels);
      if (bound != null) {
        parts(labels, name, "_bucket", timestampMs).buckets.putIfAbsent(bound, value);
      }
    } else if (name.endsWith("_count")) {
      parts(labels, name, "_count", timestampMs).count = value;
    } else if (name.endsWith("_sum")) {
      parts(labels, name, "_sum", timestampMs).sum = value;
    }
  }

  private static @Nullable Double bound(Labels labels) {
    String text = labels.get("le");
    if (text == null) {
      throw new BadRequestException("bucket without label le: " + labels);
    }
    Double bound = Numbers.parse(text);
    return bound == null || bound.isNaN() ? null : bound;
  }

  private Parts parts(Labels labels, String name, String suffix, long timestampMs) {
    Map<String, String> base = new HashMap<>(labels.toMap());
    base.put(Labels.METRIC_NAME, name.substring(0, name.length() - suffix.length()));
    base.remove("le");
    return histograms
        .computeIfAbsent(Labels.of(base), _ -> new TreeMap<>())
        .computeIfAbsent(timestampMs, _ -> new Parts());
  }

  /// Adds all histograms to a store.
  ///
  /// @throws BadRequestException if the parts of one do not fit together
  void addTo(ScriptStore store) {
    histograms.forEach(
        (labels, times) ->
            times.forEach((time, parts) -> store.add(labels, time, convert(labels, parts))));
  }

  private static NativeHistogram convert(Labels labels, Parts parts) {
    Double given = parts.count;
    double count =
        given != null ? given : parts.buckets.isEmpty() ? 0 : parts.buckets.lastEntry().getValue();
    parts.buckets.putIfAbsent(Double.POSITIVE_INFINITY, count);
    if (parts.buckets.lastEntry().getValue() != count) {
      throw new BadRequestException(
          "count mismatch: count=" + count + " != " + parts.buckets.lastEntry() + " in " + labels);
    }
    List<Double> bounds = new ArrayList<>();
    NavigableMap<Integer, Double> buckets = new TreeMap<>();
    double before = 0;
    for (var bucket : parts.buckets.entrySet()) {
      if (bucket.getValue() < before) {
        throw new BadRequestException(
            "count is not cumulative: " + bucket.getValue() + " < " + before + " in " + labels);
      }
      if (bucket.getValue() != before) {
        buckets.put(bounds.size(), bucket.getValue() - before);
      }
      before = bucket.getValue();
      if (bucket.getKey() != Double.POSITIVE_INFINITY) {
        bounds.add(bucket.getKey());
      }
    }
    NativeHistogram histogram =
        new NativeHistogram(
            ResetHint.UNKNOWN,
            true,
            NativeHistogram.CUSTOM_BUCKETS_SCHEMA,
            0,
            0,
            Double.doubleToRawLongBits(count),
            parts.sum,
            BucketMap.spans(buckets),
            BucketMap.bits(buckets),
            new int[0],
            new long[0],
            bounds.stream().mapToDouble(Double::doubleValue).toArray());
    histogram.validate();
    return histogram;
  }
}
