package io.pallium.testkit.naive;

import io.pallium.model.Labels;
import io.pallium.model.XxHash64;
import io.pallium.promql.ast.AggregateExpr;
import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Aggregations of an instant vector at one time.
///
/// Source: https://prometheus.io/docs/prometheus/latest/querying/operators/#aggregation-operators.
final class Aggregations {
  private Aggregations() {}

  /// @param parameter the number before the vector; NaN if there is none
  static Map<Labels, Double> evaluate(
      AggregateExpr aggregate, Map<Labels, Double> vector, double parameter) {
    Map<Labels, List<Map.Entry<Labels, Double>>> groups = new TreeMap<>();
    vector
        .entrySet()
        .forEach(
            entry ->
                groups
                    .computeIfAbsent(
                        NaiveEvaluator.group(
                            entry.getKey(), aggregate.grouping(), aggregate.without()),
                        unused -> new ArrayList<>())
                    .add(entry));
    Map<Labels, Double> result = new TreeMap<>();
    groups.forEach(
        (labels, members) -> {
          List<Double> values = members.stream().map(Map.Entry::getValue).toList();
          switch (aggregate.op()) {
            case SUM -> result.put(labels, RangeFunctions.sum(values));
            case AVG -> result.put(labels, RangeFunctions.mean(values));
            case MIN -> result.put(labels, RangeFunctions.extreme(values, -1));
            case MAX -> result.put(labels, RangeFunctions.extreme(values, 1));
            case COUNT -> result.put(labels, (double) values.size());
            case GROUP -> result.put(labels, 1.0);
            case STDVAR -> result.put(labels, RangeFunctions.variance(values));
            case STDDEV -> result.put(labels, Math.sqrt(RangeFunctions.variance(values)));
            case QUANTILE -> result.put(labels, RangeFunctions.quantile(parameter, values));
            case TOPK -> choose(result, members, parameter, -1);
            case BOTTOMK -> choose(result, members, parameter, 1);
            case LIMITK -> limit(result, members, parameter);
            case LIMIT_RATIO -> limitRatio(result, members, parameter);
            case COUNT_VALUES -> throw new AssertionError("BUG: counted by value in another place");
          }
        });
    return result;
  }

  /// @param label the label that carries the value
  static Map<Labels, Double> countValues(
      AggregateExpr aggregate, Map<Labels, Double> vector, String label) {
    List<String> names = new ArrayList<>(aggregate.grouping());
    if (!aggregate.without()) {
      names.add(label);
    }
    Map<Labels, Double> result = new TreeMap<>();
    vector.forEach(
        (labels, value) -> {
          Map<String, String> named = labels.toMap();
          named.put(label, text(value));
          result.merge(
              NaiveEvaluator.group(Labels.of(named), names, aggregate.without()), 1.0, Double::sum);
        });
    return result;
  }

  private static String text(double value) {
    if (Double.isNaN(value)) {
      return "NaN";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "+Inf" : "-Inf";
    }
    if (value == 0) {
      return Double.compare(value, 0.0) < 0 ? "-0" : "0";
    }
    return new BigDecimal(Double.toString(value)).stripTrailingZeros().toPlainString();
  }

  private static void choose(
      Map<Labels, Double> result, List<Map.Entry<Labels, Double>> members, double k, int sign) {
    requireNumber(k);
    Comparator<Map.Entry<Labels, Double>> byValue =
        (a, b) -> {
          boolean isNan = a.getValue().isNaN();
          return isNan || b.getValue().isNaN()
              ? Boolean.compare(isNan, b.getValue().isNaN())
              : sign * Double.compare(a.getValue(), b.getValue());
        };
    members.stream()
        .sorted(byValue)
        .limit(Math.max(0, (long) k))
        .forEach(member -> result.put(member.getKey(), member.getValue()));
  }

  private static void limit(
      Map<Labels, Double> result, List<Map.Entry<Labels, Double>> members, double k) {
    requireNumber(k);
    members.stream()
        .limit(Math.max(0, (long) k))
        .forEach(member -> result.put(member.getKey(), member.getValue()));
  }

  private static void limitRatio(
      Map<Labels, Double> result, List<Map.Entry<Labels, Double>> members, double ratio) {
    requireNumber(ratio);
    double r = Math.max(-1, Math.min(1, ratio));
    for (Map.Entry<Labels, Double> member : members) {
      double at = hash(member.getKey());
      if (r >= 0 ? at < r : at >= 1 + r) {
        result.put(member.getKey(), member.getValue());
      }
    }
  }

  private static void requireNumber(double parameter) {
    if (Double.isNaN(parameter)) {
      throw new IllegalArgumentException("Parameter value is NaN");
    }
  }

  /// The hash of labels as a part of 2^64.
  private static double hash(Labels labels) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    labels
        .toMap()
        .forEach(
            (name, value) -> {
              for (String text : List.of(name, value)) {
                byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
                if (utf8.length > 254) {
                  throw new UnsupportedOperationException("long labels");
                }
                bytes.write(utf8.length);
                bytes.writeBytes(utf8);
              }
            });
    long hash = XxHash64.hash(bytes.toByteArray(), 0, bytes.size(), 0);
    return new BigInteger(Long.toUnsignedString(hash)).doubleValue() / 0x1p64;
  }
}
