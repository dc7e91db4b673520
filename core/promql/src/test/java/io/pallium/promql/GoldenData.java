package io.pallium.promql;

import io.pallium.model.FloatHistogram;
import io.pallium.model.Labels;
import io.pallium.model.NativeHistogram;
import io.pallium.model.NativeHistogram.ResetHint;
import io.pallium.storage.MemoryQueryable;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Reads the recorded answers of Prometheus and the data that they were computed from.
final class GoldenData {
  private static final double STALE = Double.longBitsToDouble(0x7ff0000000000002L);
  private static final JsonMapper JSON = new JsonMapper();

  private GoldenData() {}

  static void lines(Path file, Consumer<JsonNode> consumer) throws IOException {
    try (var reader =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8))) {
      String line = reader.readLine();
      while (line != null) {
        consumer.accept(JSON.readTree(line));
        line = reader.readLine();
      }
    }
  }

  static MemoryQueryable load(Path file) throws IOException {
    MemoryQueryable data = new MemoryQueryable();
    lines(file, line -> addSeries(data, line));
    return data;
  }

  static double number(String text) {
    return switch (text) {
      case "NaN" -> Double.NaN;
      case "+Inf", "Inf" -> Double.POSITIVE_INFINITY;
      case "-Inf" -> Double.NEGATIVE_INFINITY;
      case "stale" -> STALE;
      default -> Double.parseDouble(text);
    };
  }

  static Labels labels(JsonNode node) {
    Map<String, String> labels = new HashMap<>();
    node.properties().forEach(entry -> labels.put(entry.getKey(), entry.getValue().asString()));
    return Labels.of(labels);
  }

  private static void addSeries(MemoryQueryable data, JsonNode line) {
    Labels labels = labels(line.get("labels"));
    NativeHistogram before = null;
    for (JsonNode point : line.get("points")) {
      long timestampMs = point.get(0).asLong();
      JsonNode value = point.get(1);
      if (value.isObject()) {
        NativeHistogram histogram = histogram(value);
        data.add(labels, timestampMs, histogram.withResetHint(hint(before, histogram)));
        before = histogram;
      } else {
        before = null;
        data.add(labels, timestampMs, number(value.asString()));
      }
    }
  }

  /// The hint that a store of chunks gives: a chunk ends where a counter is reset or layouts do not
  /// fit; nothing is known about its first histogram, and all others continue the one before.
  private static ResetHint hint(@Nullable NativeHistogram before, NativeHistogram histogram) {
    if (histogram.resetHint() == ResetHint.GAUGE) {
      return ResetHint.GAUGE;
    }
    boolean continues =
        before != null
            && before.isFloat() == histogram.isFloat()
            && before.schema() == histogram.schema()
            && before.zeroThreshold() == histogram.zeroThreshold()
            && Arrays.equals(before.customBounds(), histogram.customBounds())
            && !FloatHistogram.of(histogram).isResetSince(FloatHistogram.of(before));
    return continues ? ResetHint.NO : ResetHint.UNKNOWN;
  }

  private static NativeHistogram histogram(JsonNode node) {
    boolean isFloat = node.get("is_float").asBoolean();
    List<Double> bounds = new ArrayList<>();
    if (node.has("custom_values")) {
      node.get("custom_values").forEach(bound -> bounds.add(bound.asDouble()));
    }
    Buckets positive = Buckets.of(node.get("positive"), isFloat);
    Buckets negative = Buckets.of(node.get("negative"), isFloat);
    return new NativeHistogram(
        NativeHistogram.ResetHint.values()[node.get("reset_hint").asInt()],
        isFloat,
        node.get("schema").asInt(),
        node.get("zero_threshold").asDouble(),
        count(node.get("zero_count"), isFloat),
        count(node.get("count"), isFloat),
        number(node.get("sum").asString()),
        positive.spans,
        positive.counts,
        negative.spans,
        negative.counts,
        bounds.stream().mapToDouble(Double::doubleValue).toArray());
  }

  private static long count(JsonNode node, boolean isFloat) {
    return isFloat ? Double.doubleToRawLongBits(node.asDouble()) : node.asLong();
  }

  /// Spans of length one, counts as the model wants them.
  private record Buckets(int[] spans, long[] counts) {
    static Buckets of(JsonNode node, boolean isFloat) {
      TreeMap<Integer, JsonNode> sorted = new TreeMap<>();
      if (node != null) {
        node.properties().forEach(e -> sorted.put(Integer.valueOf(e.getKey()), e.getValue()));
      }
      int[] spans = new int[sorted.size() * 2];
      long[] counts = new long[sorted.size()];
      int i = 0;
      int end = 0;
      long before = 0;
      for (var entry : sorted.entrySet()) {
        spans[2 * i] = entry.getKey() - end;
        spans[2 * i + 1] = 1;
        end = entry.getKey() + 1;
        long count = count(entry.getValue(), isFloat);
        counts[i++] = isFloat ? count : count - before;
        before = count;
      }
      return new Buckets(spans, counts);
    }
  }
}
