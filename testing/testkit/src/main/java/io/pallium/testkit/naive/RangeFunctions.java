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
          "resets",
          "first_over_time",
          "stddev_over_time",
          "stdvar_over_time",
          "mad_over_time",
          "ts_of_first_over_time",
          "ts_of_last_over_time",
          "ts_of_max_over_time",
          "ts_of_min_over_time",
          "deriv",
          "predict_linear",
          "double_exponential_smoothing");

  private static final double MAX_SQUARED = 1e150;

  /// Enough for half of the smallest double, so that a mean is rounded once: to a double.
  private static final MathContext MEAN_DIGITS = new MathContext(1100);

  private RangeFunctions() {}

  static boolean knows(String function) {
    return KNOWN.contains(function);
  }

  /// @param parameters the scalar arguments
  /// @param points the samples in the range, stale markers left out, in order of time
  /// @param startMs the exclusive start of the range
  /// @param endMs the inclusive end of the range
  /// @param timeMs the time of the evaluation
  static Optional<Double> evaluate(
      String function,
      List<Double> parameters,
      List<Point> points,
      long startMs,
      long endMs,
      long timeMs) {
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
      case "quantile_over_time" -> Optional.of(quantile(parameters.get(0), values(points)));
      case "changes" -> Optional.of(changes(points));
      case "resets" -> Optional.of(resets(points));
      case "first_over_time" -> Optional.of(points.get(0).value());
      case "stdvar_over_time" -> Optional.of(variance(values(points)));
      case "stddev_over_time" -> Optional.of(Math.sqrt(variance(values(points))));
      case "mad_over_time" -> Optional.of(medianDeviation(values(points)));
      case "ts_of_first_over_time" -> Optional.of(points.get(0).timestampMs() / 1000.0);
      case "ts_of_last_over_time" ->
          Optional.of(points.get(points.size() - 1).timestampMs() / 1000.0);
      case "ts_of_max_over_time" -> Optional.of(timeOfExtreme(points, 1));
      case "ts_of_min_over_time" -> Optional.of(timeOfExtreme(points, -1));
      case "deriv" -> regression(points, timeMs).map(line -> line[0]);
      case "predict_linear" ->
          regression(points, timeMs).map(line -> line[1] + line[0] * parameters.get(0));
      case "double_exponential_smoothing" -> smoothed(points, parameters.get(0), parameters.get(1));
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

  /// The greatest (`sign` 1) or least (-1) value, the first of equal ones, as -0 and 0 are; a NaN
  /// only if there is nothing else.
  static double extreme(List<Double> values, int sign) {
    return values.stream()
        .filter(v -> !v.isNaN())
        .reduce((a, b) -> sign * b > sign * a ? b : a)
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

  static double variance(List<Double> values) {
    if (values.stream().anyMatch(v -> v.isNaN() || v.isInfinite())) {
      return Double.NaN;
    }
    if (values.stream().anyMatch(v -> Math.abs(v) > MAX_SQUARED)) {
      throw new UnsupportedOperationException("squares that overflow");
    }
    BigDecimal count = BigDecimal.valueOf(values.size());
    BigDecimal sum = BigDecimal.ZERO;
    BigDecimal squares = BigDecimal.ZERO;
    for (double value : values) {
      sum = sum.add(new BigDecimal(value));
      squares = squares.add(new BigDecimal(value).pow(2));
    }
    return squares
        .multiply(count)
        .subtract(sum.pow(2))
        .divide(count.pow(2), MathContext.DECIMAL128)
        .doubleValue();
  }

  private static double medianDeviation(List<Double> values) {
    if (values.stream().anyMatch(v -> v.isNaN())) {
      return Double.NaN;
    }
    double median = quantile(0.5, values);
    return quantile(0.5, values.stream().map(v -> Math.abs(v - median)).toList());
  }

  /// The last of the extremes; a NaN counts only at the start, and is replaced by what follows.
  private static double timeOfExtreme(List<Point> points, int sign) {
    Point found = points.get(0);
    for (Point point : points) {
      boolean isBeyond = sign > 0 ? point.value() >= found.value() : point.value() <= found.value();
      if (isBeyond || Double.isNaN(found.value())) {
        found = point;
      }
    }
    return found.timestampMs() / 1000.0;
  }

  /// Slope per second and value at a time of the line of least squares.
  private static Optional<double[]> regression(List<Point> points, long atMs) {
    if (points.size() < 2) {
      return Optional.empty();
    }
    List<Double> values = values(points);
    double first = values.get(0);
    if (values.stream().allMatch(v -> v == first)) {
      boolean isInfinite = Double.isInfinite(first);
      return Optional.of(
          isInfinite ? new double[] {Double.NaN, Double.NaN} : new double[] {0, first});
    }
    double meanX = 0;
    for (Point point : points) {
      meanX += (point.timestampMs() - atMs) / 1000.0 / points.size();
    }
    double meanY = values.stream().mapToDouble(v -> v).average().orElse(Double.NaN);
    double covariance = 0;
    double variance = 0;
    for (Point point : points) {
      double x = (point.timestampMs() - atMs) / 1000.0 - meanX;
      covariance += x * (point.value() - meanY);
      variance += x * x;
    }
    double slope = covariance / variance;
    return Optional.of(new double[] {slope, meanY - slope * meanX});
  }

  /// Holt's linear method.
  private static Optional<Double> smoothed(List<Point> points, double factor, double trendFactor) {
    if (factor <= 0 || factor >= 1 || trendFactor <= 0 || trendFactor >= 1) {
      throw new IllegalArgumentException("invalid smoothing or trend factor");
    }
    if (points.size() < 2) {
      return Optional.empty();
    }
    double level = points.get(0).value();
    double trend = points.get(1).value() - level;
    double before = 0;
    for (int i = 1; i < points.size(); i++) {
      if (i > 1) {
        trend = trendFactor * (level - before) + (1 - trendFactor) * trend;
      }
      before = level;
      level = factor * points.get(i).value() + (1 - factor) * (level + trend);
    }
    return Optional.of(level);
  }

  private static List<Double> values(List<Point> points) {
    return points.stream().map(Point::value).toList();
  }
}
