package io.pallium.testkit.naive;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Functions over the samples of one series in a time range, each straight from its definition.
///
/// Source: https://prometheus.io/docs/prometheus/latest/querying/functions/.
final class RangeFunctions {
  private static final Set<String> KNOWN =
      Set.of(
          "rate",
          "increase",
          "delta",
          "irate",
          "idelta",
          "sum_over_time",
          "avg_over_time",
          "min_over_time",
          "max_over_time",
          "count_over_time",
          "last_over_time",
          "present_over_time",
          "quantile_over_time",
          "changes",
          "resets");

  /// Enough for half of the smallest double, so that a mean is rounded once: to a double.
  private static final MathContext MEAN_DIGITS = new MathContext(1100);

  private RangeFunctions() {}

  static boolean knows(String function) {
    return KNOWN.contains(function);
  }

  /// @param points the samples in the range, stale markers left out, in order of time
  /// @param startMs the exclusive start of the range
  /// @param endMs the inclusive end of the range
  static Optional<Double> evaluate(
      String function, double parameter, List<Point> points, long startMs, long endMs) {
    if (points.isEmpty()) {
      return Optional.empty();
    }
    return switch (function) {
      case "rate" -> extrapolated(points, startMs, endMs, true, true);
      case "increase" -> extrapolated(points, startMs, endMs, true, false);
      case "delta" -> extrapolated(points, startMs, endMs, false, false);
      case "irate" -> lastTwo(points, true);
      case "idelta" -> lastTwo(points, false);
      case "sum_over_time" -> Optional.of(sum(values(points)));
      case "avg_over_time" -> Optional.of(mean(values(points)));
      case "min_over_time" -> Optional.of(extreme(values(points), -1));
      case "max_over_time" -> Optional.of(extreme(values(points), 1));
      case "count_over_time" -> Optional.of((double) points.size());
      case "last_over_time" -> Optional.of(points.get(points.size() - 1).value());
      case "present_over_time" -> Optional.of(1.0);
      case "quantile_over_time" -> Optional.of(quantile(parameter, values(points)));
      case "changes" -> Optional.of(changes(points));
      case "resets" -> Optional.of(resets(points));
      default -> throw new AssertionError("BUG: a function that is not known: " + function);
    };
  }

  static double sum(List<Double> values) {
    if (values.stream().anyMatch(v -> v.isNaN() || v.isInfinite())) {
      return values.stream().mapToDouble(v -> v).reduce(0, Double::sum);
    }
    return values.stream()
        .map(BigDecimal::new)
        .reduce(BigDecimal.ZERO, BigDecimal::add)
        .doubleValue();
  }

  static double mean(List<Double> values) {
    if (values.stream().anyMatch(v -> v.isNaN() || v.isInfinite())) {
      return sum(values) / values.size();
    }
    return values.stream()
        .map(BigDecimal::new)
        .reduce(BigDecimal.ZERO, BigDecimal::add)
        .divide(BigDecimal.valueOf(values.size()), MEAN_DIGITS)
        .doubleValue();
  }

  /// The greatest (`sign` 1) or least (-1) value; a NaN only if there is nothing else.
  static double extreme(List<Double> values, int sign) {
    return values.stream()
        .filter(v -> !v.isNaN())
        .max((a, b) -> sign * Double.compare(a, b))
        .orElse(Double.NaN);
  }

  static double quantile(double q, List<Double> values) {
    if (values.isEmpty() || Double.isNaN(q)) {
      return Double.NaN;
    }
    if (q < 0) {
      return Double.NEGATIVE_INFINITY;
    }
    if (q > 1) {
      return Double.POSITIVE_INFINITY;
    }
    List<Double> sorted =
        values.stream()
            .sorted(
                (a, b) ->
                    a.isNaN() || b.isNaN()
                        ? Boolean.compare(b.isNaN(), a.isNaN())
                        : Double.compare(a, b))
            .toList();
    double rank = q * (sorted.size() - 1);
    int lower = Math.max(0, (int) Math.floor(rank));
    int upper = Math.min(sorted.size() - 1, lower + 1);
    double weight = rank - Math.floor(rank);
    return sorted.get(lower) * (1 - weight) + sorted.get(upper) * weight;
  }

  private static Optional<Double> extrapolated(
      List<Point> points, long startMs, long endMs, boolean isCounter, boolean isRate) {
    if (points.size() < 2) {
      return Optional.empty();
    }
    Point first = points.get(0);
    Point last = points.get(points.size() - 1);
    double growth = last.value() - first.value();
    if (isCounter) {
      for (int i = 1; i < points.size(); i++) {
        if (points.get(i).value() < points.get(i - 1).value()) {
          growth += points.get(i - 1).value();
        }
      }
    }
    double sampled = (last.timestampMs() - first.timestampMs()) / 1000.0;
    double average = sampled / (points.size() - 1);
    double toStart = (first.timestampMs() - startMs) / 1000.0;
    double toEnd = (endMs - last.timestampMs()) / 1000.0;
    if (toStart >= average * 1.1) {
      toStart = average / 2;
    }
    if (isCounter && growth > 0 && first.value() >= 0) {
      toStart = Math.min(toStart, sampled * (first.value() / growth));
    }
    if (toEnd >= average * 1.1) {
      toEnd = average / 2;
    }
    double factor = (sampled + toStart + toEnd) / sampled;
    // The order of these operations is part of the definition: whether one rate equals another
    // hangs on the last bit.
    return Optional.of(growth * (isRate ? factor / ((endMs - startMs) / 1000.0) : factor));
  }

  private static Optional<Double> lastTwo(List<Point> points, boolean isRate) {
    if (points.size() < 2) {
      return Optional.empty();
    }
    Point before = points.get(points.size() - 2);
    Point last = points.get(points.size() - 1);
    if (!isRate) {
      return Optional.of(last.value() - before.value());
    }
    double growth = last.value() < before.value() ? last.value() : last.value() - before.value();
    return Optional.of(growth / ((last.timestampMs() - before.timestampMs()) / 1000.0));
  }

  private static double changes(List<Point> points) {
    int changes = 0;
    for (int i = 1; i < points.size(); i++) {
      double a = points.get(i - 1).value();
      double b = points.get(i).value();
      if (a != b && !(Double.isNaN(a) && Double.isNaN(b))) {
        changes++;
      }
    }
    return changes;
  }

  private static double resets(List<Point> points) {
    int resets = 0;
    for (int i = 1; i < points.size(); i++) {
      if (points.get(i).value() < points.get(i - 1).value()) {
        resets++;
      }
    }
    return resets;
  }

  private static List<Double> values(List<Point> points) {
    return points.stream().map(Point::value).toList();
  }
}
