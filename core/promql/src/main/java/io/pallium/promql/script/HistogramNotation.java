package io.pallium.promql.script;

import io.pallium.base.BadRequestException;
import io.pallium.model.NativeHistogram;
import io.pallium.model.NativeHistogram.ResetHint;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import org.jspecify.annotations.Nullable;

/// A histogram in the notation of scripts, between `{{` and `}}`: `key:value` in any order, set
/// apart by blanks. What is not there is 0 or empty.
///
/// | key | value |
/// |---|---|
/// | `schema` | -53: custom buckets |
/// | `sum`, `count` | of all observations |
/// | `z_bucket`, `z_bucket_w` | the zero bucket's count and threshold |
/// | `buckets`, `offset` | counts of positive buckets, and the index of the first |
/// | `n_buckets`, `n_offset` | the same for negative buckets |
/// | `custom_values` | the bounds of custom buckets |
/// | `counter_reset_hint` | `unknown`, `reset`, `not_reset` or `gauge` |
///
/// @param histogram with float counts
/// @param isHintGiven whether the notation has a `counter_reset_hint`
record HistogramNotation(NativeHistogram histogram, boolean isHintGiven) {
  private static final Pattern ITEM =
      Pattern.compile("\\s*([A-Za-z_]+):(?:\\[([^\\]]*)\\]|([^\\s\\[]+))(?=\\s|$)");

  static HistogramNotation parse(String text) {
    Map<String, String> items = new HashMap<>();
    Matcher item = ITEM.matcher(text);
    int end = 0;
    while (item.find() && item.start() == end) {
      end = item.end();
      String key = item.group(1).toLowerCase(Locale.ROOT);
      String list = item.group(2);
      if (items.put(key, list == null ? item.group(3) : list) != null) {
        throw new BadRequestException("duplicate key \"" + key + "\" in histogram");
      }
    }
    if (!text.substring(end).isBlank()) {
      throw new BadRequestException(
          "a histogram description is expected, such as buckets:[5 10 7], at \""
              + text.substring(end)
              + '"');
    }
    String hint = items.remove("counter_reset_hint");
    double[] positive = numbers(items.remove("buckets"));
    double[] negative = numbers(items.remove("n_buckets"));
    NativeHistogram histogram =
        new NativeHistogram(
            hint(hint),
            true,
            integer(items.remove("schema")),
            number(items.remove("z_bucket_w")),
            bits(number(items.remove("z_bucket"))),
            bits(number(items.remove("count"))),
            number(items.remove("sum")),
            span(items.remove("offset"), positive),
            bits(positive),
            span(items.remove("n_offset"), negative),
            bits(negative),
            numbers(items.remove("custom_values")));
    for (String key : items.keySet()) {
      throw new BadRequestException("bad histogram descriptor found: \"" + key + '"');
    }
    return new HistogramNotation(histogram, hint != null);
  }

  private static ResetHint hint(@Nullable String text) {
    return switch (text) {
      case null -> ResetHint.UNKNOWN;
      case "unknown" -> ResetHint.UNKNOWN;
      case "reset" -> ResetHint.YES;
      case "not_reset" -> ResetHint.NO;
      case "gauge" -> ResetHint.GAUGE;
      default -> throw new BadRequestException("unknown counter_reset_hint: " + text);
    };
  }

  private static int integer(@Nullable String text) {
    try {
      return text == null ? 0 : Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new BadRequestException("not an integer in a histogram: " + text, e);
    }
  }

  private static double number(@Nullable String text) {
    Double value = text == null ? Double.valueOf(0) : Numbers.parse(text);
    if (value == null) {
      throw new BadRequestException("not a number in a histogram: " + text);
    }
    return value;
  }

  private static double[] numbers(@Nullable String text) {
    if (text == null || text.isBlank()) {
      return new double[0];
    }
    String[] items = text.strip().split("\\s+", -1);
    double[] values = new double[items.length];
    for (int i = 0; i < items.length; i++) {
      values[i] = number(items[i]);
    }
    return values;
  }

  private static int[] span(@Nullable String offset, double[] buckets) {
    int start = integer(offset);
    return buckets.length == 0 ? new int[0] : new int[] {start, buckets.length};
  }

  private static long bits(double value) {
    return Double.doubleToRawLongBits(value);
  }

  private static long[] bits(double[] values) {
    return DoubleStream.of(values).mapToLong(Double::doubleToRawLongBits).toArray();
  }

  /// The notation of a histogram, empty buckets in between written out.
  static String print(NativeHistogram histogram) {
    StringBuilder out = new StringBuilder("{{");
    if (histogram.schema() != 0) {
      append(out, "schema", Integer.toString(histogram.schema()));
    }
    append(out, "count", histogram.count());
    append(out, "sum", histogram.sum());
    append(out, "z_bucket", histogram.zeroCount());
    append(out, "z_bucket_w", histogram.zeroThreshold());
    if (histogram.schema() == NativeHistogram.CUSTOM_BUCKETS_SCHEMA) {
      append(out, "custom_values", list(histogram.customBounds()));
    }
    switch (histogram.resetHint()) {
      case UNKNOWN -> {}
      case YES -> append(out, "counter_reset_hint", "reset");
      case NO -> append(out, "counter_reset_hint", "not_reset");
      case GAUGE -> append(out, "counter_reset_hint", "gauge");
    }
    append(out, "", BucketMap.positive(histogram));
    append(out, "n_", BucketMap.negative(histogram));
    return out.append("}}").toString();
  }

  private static void append(StringBuilder out, String key, double value) {
    if (value != 0) {
      append(out, key, Numbers.print(value));
    }
  }

  private static void append(
      StringBuilder out, String prefix, NavigableMap<Integer, Double> buckets) {
    if (buckets.isEmpty()) {
      return;
    }
    int first = buckets.firstKey();
    if (first != 0) {
      append(out, prefix + "offset", Integer.toString(first));
    }
    double[] counts = new double[Math.min(buckets.lastKey() - first + 1, 10_000)];
    buckets.forEach(
        (index, count) -> {
          if (index - first < counts.length) {
            counts[index - first] = count;
          }
        });
    append(out, prefix + "buckets", list(counts));
  }

  private static void append(StringBuilder out, String key, String value) {
    out.append(out.length() > 2 ? " " : "").append(key).append(':').append(value);
  }

  private static String list(double[] values) {
    return DoubleStream.of(values)
        .mapToObj(Numbers::print)
        .collect(Collectors.joining(" ", "[", "]"));
  }
}
