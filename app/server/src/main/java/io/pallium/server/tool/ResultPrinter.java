package io.pallium.server.tool;

import java.io.PrintStream;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// Prints results of queries for people.
final class ResultPrinter {
  private final PrintStream out;

  ResultPrinter(PrintStream out) {
    this.out = out;
  }

  /// A result as a table: a line per series or point.
  void table(JsonNode data) {
    JsonNode result = data.path("result");
    switch (data.path("resultType").asString("")) {
      case "scalar", "string" -> out.println(result.path(1).asString(""));
      case "vector" -> vector(result);
      default -> result.forEach(this::series);
    }
  }

  private void vector(JsonNode result) {
    int width = 0;
    for (JsonNode series : result) {
      width = Math.max(width, metric(series.path("metric")).length());
    }
    for (JsonNode series : result) {
      String metric = metric(series.path("metric"));
      out.println(metric + " ".repeat(width - metric.length()) + "  " + value(series));
    }
  }

  private static String value(JsonNode series) {
    JsonNode value = series.path("value");
    return value.isMissingNode()
        ? series.path("histogram").path(1).toString()
        : value.path(1).asString("");
  }

  private void series(JsonNode series) {
    out.println(metric(series.path("metric")));
    for (JsonNode point : points(series)) {
      JsonNode value = point.path(1);
      out.println(
          "  "
              + time(point.path(0))
              + "  "
              + (value.isString() ? value.asString() : value.toString()));
    }
  }

  /// The points of a series, floats and histograms in the order of time.
  static List<JsonNode> points(JsonNode series) {
    List<JsonNode> points = new ArrayList<>();
    series.path("values").forEach(points::add);
    series.path("histograms").forEach(points::add);
    points.sort((a, b) -> Double.compare(a.path(0).asDouble(), b.path(0).asDouble()));
    return points;
  }

  /// A series in the form of a selector.
  static String metric(JsonNode labels) {
    StringBuilder text = new StringBuilder(labels.path("__name__").asString(""));
    List<String> pairs = new ArrayList<>();
    labels
        .properties()
        .forEach(
            label -> {
              if (!label.getKey().equals("__name__")) {
                pairs.add(label.getKey() + "=" + label.getValue());
              }
            });
    if (!pairs.isEmpty() || text.isEmpty()) {
      text.append('{').append(String.join(", ", pairs)).append('}');
    }
    return text.toString();
  }

  private static Instant time(JsonNode seconds) {
    BigDecimal millis = seconds.decimalValue().movePointRight(3);
    return Instant.ofEpochMilli(millis.setScale(0, RoundingMode.HALF_EVEN).longValueExact());
  }
}
