package io.pallium.testkit.naive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pallium.model.Labels;
import io.pallium.promql.ast.Expr;
import io.pallium.promql.ast.ValueType;
import io.pallium.promql.parse.ParserOptions;
import io.pallium.promql.parse.PromqlParser;
import io.pallium.server.golden.GoldenQuery;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The referee is judged itself: what it knows of the recorded queries it answers as Prometheus
/// did, within rounding.
class NaiveEvaluatorGoldenTest {
  private static final int LEAST_COMPARED = 1_600;
  private static final int MAX_STEPS = 12;
  private static final double TOLERANCE = 1e-9;

  /// Deviations of numbers that are too large for their distances, and a choice among equals, where
  /// any is right.
  private static final Set<String> UNDEFINED = Set.of("q1610", "q2195");

  private static final Set<String> PARAMETERS = Set.of("query", "time", "start", "end", "step");

  private final Map<Labels, List<Point>> series = new HashMap<>();
  private int points;

  @Test
  void answersAsPrometheusDid() throws IOException {
    String shared = System.getProperty("pallium.shared", "");
    assumeTrue(!shared.isEmpty(), "needs ../shared: recorded answers");
    Path golden = Path.of(shared, "golden");
    readSeries(golden.resolve("data.jsonl.gz"));
    int compared = 0;
    List<String> differences = new ArrayList<>();
    for (GoldenQuery query : GoldenQuery.read(golden.resolve("queries.jsonl.gz"))) {
      if (UNDEFINED.contains(query.id())
          || query.httpStatus() != 200
          || !PARAMETERS.containsAll(query.parameters().keySet())) {
        continue;
      }
      try {
        String difference = difference(query);
        compared++;
        if (!difference.isEmpty()) {
          differences.add(query.id() + " " + query.parameters().get("query") + "\n  " + difference);
        }
      } catch (UnsupportedOperationException notKnown) {
        // Histograms, or a construct that the referee does not know.
      }
    }

    System.out.printf(
        "naive evaluator on golden queries: %d compared, %d points, %d different%n",
        compared, points, differences.size());
    assertThat(differences.stream().limit(20).toList()).isEmpty();
    assertThat(compared).isGreaterThanOrEqualTo(LEAST_COMPARED);
  }

  private String difference(GoldenQuery query) {
    Expr expr =
        PromqlParser.parse(query.parameters().getOrDefault("query", ""), ParserOptions.DEFAULT);
    if (expr.type() == ValueType.MATRIX || expr.type() == ValueType.STRING) {
      throw new UnsupportedOperationException("no instant vector");
    }
    boolean isRange = query.kind().equals("query_range");
    long startMs = time(query, isRange ? "start" : "time");
    long endMs = isRange ? time(query, "end") : startMs;
    long stepMs = isRange ? time(query, "step") : 1;
    Map<Labels, Map<Long, Double>> recorded = recorded(query.answer().path("data"));
    NaiveEvaluator naive = new NaiveEvaluator(series, startMs, endMs);
    long steps = (endMs - startMs) / stepMs + 1;
    long stride = Math.max(1, steps / MAX_STEPS);
    for (long step = 0; step < steps; step += stride) {
      long timeMs = startMs + step * stepMs;
      Map<Labels, Double> actual;
      try {
        actual = naive.evaluate(expr, timeMs);
      } catch (IllegalArgumentException e) {
        return "at " + timeMs + ": " + e.getMessage();
      }
      Map<Labels, Double> expected = new HashMap<>();
      recorded.forEach(
          (labels, values) -> {
            Double value = values.get(timeMs);
            if (value != null) {
              expected.put(labels, value);
            }
          });
      if (!actual.keySet().equals(expected.keySet())) {
        return "at " + timeMs + ": " + actual + " instead of " + expected;
      }
      for (Map.Entry<Labels, Double> value : expected.entrySet()) {
        Double got = actual.get(value.getKey());
        points++;
        if (got == null || !isSame(got, value.getValue())) {
          return "at " + timeMs + " " + value + " but " + got;
        }
      }
    }
    return "";
  }

  private static boolean isSame(double a, double b) {
    return a == b
        || (Double.isNaN(a) && Double.isNaN(b))
        || Math.abs(a - b) <= TOLERANCE * Math.max(Math.abs(a), Math.abs(b));
  }

  private static long time(GoldenQuery query, String name) {
    String text = query.parameters().getOrDefault(name, "");
    try {
      return new BigDecimal(text.endsWith("s") ? text.substring(0, text.length() - 1) : text)
          .movePointRight(3)
          .longValueExact();
    } catch (ArithmeticException | NumberFormatException e) {
      throw new UnsupportedOperationException("not a plain time", e);
    }
  }

  private static Map<Labels, Map<Long, Double>> recorded(JsonNode data) {
    Map<Labels, Map<Long, Double>> recorded = new HashMap<>();
    if (data.path("resultType").asString().equals("scalar")) {
      add(recorded, Labels.EMPTY, data.path("result"));
      return recorded;
    }
    for (JsonNode entry : data.path("result")) {
      if (entry.has("histogram") || entry.has("histograms")) {
        throw new UnsupportedOperationException("histograms");
      }
      Labels labels = labels(entry.path("metric"));
      if (entry.has("value")) {
        add(recorded, labels, entry.path("value"));
      }
      entry.path("values").forEach(point -> add(recorded, labels, point));
    }
    return recorded;
  }

  private static void add(Map<Labels, Map<Long, Double>> target, Labels labels, JsonNode point) {
    long timeMs = Math.round(point.get(0).asDouble() * 1000);
    target
        .computeIfAbsent(labels, unused -> new HashMap<>())
        .put(timeMs, number(point.get(1).asString()));
  }

  private void readSeries(Path file) throws IOException {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        JsonNode entry = JsonMapper.shared().readTree(line);
        series.put(labels(entry.path("labels")), points(entry.path("points")));
      }
    }
  }

  private static List<Point> points(JsonNode recorded) {
    List<Point> points = new ArrayList<>();
    for (JsonNode point : recorded) {
      if (point.get(1).isObject()) {
        return new Histograms();
      }
      points.add(new Point(point.get(0).asLong(), number(point.get(1).asString())));
    }
    return points;
  }

  /// In place of samples that are not all floats: not to be looked at.
  private static final class Histograms extends AbstractList<Point> {
    @Override
    public Point get(int index) {
      throw new UnsupportedOperationException("histograms");
    }

    @Override
    public int size() {
      throw new UnsupportedOperationException("histograms");
    }
  }

  private static Labels labels(JsonNode object) {
    Map<String, String> labels = new HashMap<>();
    object.properties().forEach(label -> labels.put(label.getKey(), label.getValue().asString()));
    return Labels.of(labels);
  }

  private static double number(String text) {
    return switch (text) {
      case "stale" -> Double.longBitsToDouble(0x7ff0000000000002L);
      case "+Inf", "Inf" -> Double.POSITIVE_INFINITY;
      case "-Inf" -> Double.NEGATIVE_INFINITY;
      default -> Double.parseDouble(text);
    };
  }
}
