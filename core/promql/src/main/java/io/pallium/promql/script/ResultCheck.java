package io.pallium.promql.script;

import io.pallium.model.Labels;
import io.pallium.model.NativeHistogram;
import io.pallium.promql.QueryResult;
import io.pallium.promql.ast.ValueType;
import io.pallium.promql.exec.ResultSeries;
import io.pallium.promql.script.Expectation.Expected;
import io.pallium.promql.script.Expectation.RangeTimes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Compares a result with what a script expects. Numbers may differ by a millionth, and so may what
/// histograms are made of; layouts of their buckets do not count, hints only where they are given.
final class ResultCheck {
  /// A point of a result.
  private record Point(long timestampMs, SequenceValue value) {
    @Override
    public String toString() {
      return value + " @[" + timestampMs + "]";
    }
  }

  /// A series of a result.
  private record Series(Labels labels, List<Point> points) {
    @Override
    public String toString() {
      return labels + " => " + points;
    }
  }

  private final Expectation expected;

  ResultCheck(Expectation expected) {
    this.expected = expected;
  }

  /// Compares with the result of an instant query, or of a range query over `times`.
  void check(QueryResult result, RangeTimes times) throws Mismatch {
    switch (result.type()) {
      case STRING -> {
        if (!result.text().equals(expected.string())) {
          throw new Mismatch("string \"" + expected.string() + '"', '"' + result.text() + '"');
        }
      }
      case SCALAR -> scalar(result.series().get(0).value(0));
      case VECTOR -> vector(series(result));
      case MATRIX ->
          matrix(series(result), expected.rangeTimes() == null ? times : expected.rangeTimes());
      case NONE -> throw new AssertionError("BUG: a result without a type");
    }
  }

  /// Compares with the result of a range query at one of its steps.
  ///
  /// @param type of the result of the instant query at this time
  void checkStep(QueryResult range, long timeMs, ValueType type) throws Mismatch {
    List<Series> all = series(range);
    requireSorted(all);
    List<Series> step = new ArrayList<>();
    for (Series series : all) {
      List<Point> points =
          series.points.stream().filter(point -> point.timestampMs == timeMs).toList();
      if (!points.isEmpty()) {
        step.add(new Series(series.labels, points));
      }
    }
    if (type != ValueType.SCALAR) {
      vector(step);
    } else if (step.isEmpty()) {
      throw new Mismatch("a scalar", "nothing");
    } else {
      scalar(step.get(0).points.get(0).value.value());
    }
  }

  private static List<Series> series(QueryResult result) {
    List<Series> all = new ArrayList<>();
    for (ResultSeries series : result.series()) {
      List<Point> points = new ArrayList<>();
      for (int i = series.next(0); i >= 0; i = series.next(i + 1)) {
        NativeHistogram histogram = series.histogram(i);
        SequenceValue value =
            histogram == null
                ? SequenceValue.of(series.value(i))
                : SequenceValue.of(histogram, true);
        points.add(new Point(series.timestampMs(i), value));
      }
      if (!points.isEmpty()) {
        all.add(new Series(series.labels(), points));
      }
    }
    return all;
  }

  private void scalar(double value) throws Mismatch {
    Double wanted = expected.scalar();
    if (wanted == null) {
      throw new Mismatch("a vector or matrix", "scalar " + Numbers.print(value));
    }
    if (!Numbers.almostEqual(wanted, value)) {
      throw new Mismatch("scalar " + Numbers.print(wanted), Numbers.print(value));
    }
  }

  private void requireNoScalar(String kind, List<Series> result) throws Mismatch {
    Double scalar = expected.scalar();
    if (scalar != null) {
      throw new Mismatch("scalar " + Numbers.print(scalar), "a " + kind + " " + result);
    }
  }

  private void vector(List<Series> result) throws Mismatch {
    requireNoScalar("vector", result);
    Set<Labels> seen = new HashSet<>();
    for (int i = 0; i < result.size(); i++) {
      Series series = result.get(i);
      Expected wanted = expected(series);
      if (expected.isOrdered() && wanted.position() != i + 1) {
        throw new Mismatch(series.labels + " in place " + wanted.position(), "in place " + (i + 1));
      }
      SequenceValue value =
          wanted.values().isEmpty() ? SequenceValue.OMITTED : wanted.values().get(0);
      SequenceValue actual = series.points.get(0).value;
      if (!isEqual(value, actual)) {
        throw new Mismatch(series.labels + " " + value, actual.toString());
      }
      seen.add(series.labels);
    }
    requireAll(seen, result);
  }

  private void matrix(List<Series> result, RangeTimes times) throws Mismatch {
    requireNoScalar("matrix", result);
    if (expected.isOrdered()) {
      throw new Mismatch("an order", "a matrix, which has none");
    }
    requireSorted(result);
    Set<Labels> seen = new HashSet<>();
    for (Series series : result) {
      List<Point> wanted = points(expected(series).values(), times, series.labels);
      if (wanted.size() != series.points.size()) {
        throw new Mismatch(
            series.labels + " with " + wanted.size() + " points: " + wanted,
            series.points.size() + " points: " + series.points);
      }
      for (int i = 0; i < wanted.size(); i++) {
        Point point = wanted.get(i);
        Point actual = series.points.get(i);
        if (point.timestampMs != actual.timestampMs || !isEqual(point.value, actual.value)) {
          throw new Mismatch(series.labels + " " + point, actual + " in " + series.points);
        }
      }
      seen.add(series.labels);
    }
    requireAll(seen, result);
  }

  private static List<Point> points(List<SequenceValue> values, RangeTimes times, Labels labels)
      throws Mismatch {
    List<Point> points = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      long timeMs = times.startMs() + i * times.stepMs();
      if (timeMs > times.endMs() || (i > 0 && times.stepMs() == 0)) {
        throw new Mismatch(
            values.size() + " points of " + labels, "a time range that cannot have so many");
      }
      if (!values.get(i).isOmitted()) {
        points.add(new Point(timeMs, values.get(i)));
      }
    }
    return points;
  }

  private Expected expected(Series series) throws Mismatch {
    Expected wanted = expected.series().get(series.labels);
    if (wanted == null) {
      throw new Mismatch("no series " + series.labels, series.points.toString());
    }
    return wanted;
  }

  private void requireAll(Set<Labels> seen, List<Series> result) throws Mismatch {
    for (var wanted : expected.series().entrySet()) {
      if (!seen.contains(wanted.getKey())) {
        throw new Mismatch(
            "series " + wanted.getKey() + " " + wanted.getValue().values(), "only " + result);
      }
    }
  }

  private static void requireSorted(List<Series> result) throws Mismatch {
    for (int i = 1; i < result.size(); i++) {
      if (result.get(i - 1).labels.compareTo(result.get(i).labels) > 0) {
        throw new Mismatch(
            "series in label order",
            result.stream()
                .map(series -> series.labels.toString())
                .collect(Collectors.joining(", ")));
      }
    }
  }

  private static boolean isEqual(SequenceValue wanted, SequenceValue actual) {
    NativeHistogram histogram = wanted.histogram();
    NativeHistogram other = actual.histogram();
    if (histogram == null || other == null) {
      return histogram == other && Numbers.almostEqual(wanted.value(), actual.value());
    }
    return isEqual(histogram, other)
        && (!wanted.isHintGiven() || histogram.resetHint() == other.resetHint());
  }

  /// Whether two histograms are equal but for the layout of their buckets and their hints.
  static boolean isEqual(NativeHistogram a, NativeHistogram b) {
    return a.schema() == b.schema()
        && Numbers.almostEqual(a.count(), b.count())
        && Numbers.almostEqual(a.sum(), b.sum())
        && Arrays.equals(a.customBounds(), b.customBounds())
        && a.zeroThreshold() == b.zeroThreshold()
        && Numbers.almostEqual(a.zeroCount(), b.zeroCount())
        && isEqual(BucketMap.positive(a), BucketMap.positive(b))
        && isEqual(BucketMap.negative(a), BucketMap.negative(b));
  }

  private static boolean isEqual(NavigableMap<Integer, Double> a, NavigableMap<Integer, Double> b) {
    return a.keySet().equals(b.keySet())
        && a.entrySet().stream()
            .allMatch(
                bucket -> {
                  @Nullable Double other = b.get(bucket.getKey());
                  return other != null && Numbers.almostEqual(bucket.getValue(), other);
                });
  }
}
