package io.pallium.server.golden;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.GZIPInputStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// One query with the answer that Prometheus gave.
///
/// @param id of the query in its file
/// @param kind `query` or `query_range`
/// @param parameters form fields
/// @param isOrdered whether the order of the result counts
/// @param uses the constructs in it
/// @param httpStatus of the answer
/// @param answer the envelope
public record GoldenQuery(
    String id,
    String kind,
    Map<String, String> parameters,
    boolean isOrdered,
    Set<String> uses,
    int httpStatus,
    JsonNode answer) {
  private static final JsonMapper JSON = JsonMapper.shared();

  /// Reads a gzip file with a query a line.
  public static List<GoldenQuery> read(Path file) {
    List<GoldenQuery> queries = new ArrayList<>();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        queries.add(parse(JSON.readTree(line)));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return queries;
  }

  /// What differs between the recorded answer and another; empty if nothing does.
  ///
  /// @param status the HTTP status of the other
  /// @param body the body of the other
  public Optional<String> difference(int status, String body) {
    JsonNode other = JSON.readTree(body);
    if (status != httpStatus) {
      return Optional.of("status " + status + " instead of " + httpStatus + ": " + cut(body));
    }
    for (String field : List.of("status", "errorType", "error")) {
      if (!answer.path(field).equals(other.path(field))) {
        return Optional.of(field + " " + other.path(field) + " instead of " + answer.path(field));
      }
    }
    JsonNode expected = answer.path("data");
    JsonNode actual = other.path("data");
    if (!expected.path("resultType").equals(actual.path("resultType"))) {
      return Optional.of(
          "type " + actual.path("resultType") + " instead of " + expected.path("resultType"));
    }
    Optional<String> inResult = resultDifference(expected.path("result"), actual.path("result"));
    if (inResult.isPresent()) {
      return inResult;
    }
    for (String field : List.of("warnings", "infos")) {
      Set<String> want = texts(answer.path(field));
      Set<String> got = texts(other.path(field));
      if (!want.equals(got)) {
        return Optional.of(field + " " + got + " instead of " + want);
      }
    }
    return Optional.empty();
  }

  private static GoldenQuery parse(JsonNode line) {
    Map<String, String> parameters = new LinkedHashMap<>();
    line.get("params")
        .properties()
        .forEach(p -> parameters.put(p.getKey(), p.getValue().asString()));
    return new GoldenQuery(
        line.get("id").asString(),
        line.get("kind").asString(),
        parameters,
        line.get("ordered").asBoolean(),
        texts(line.get("uses")),
        line.get("http").asInt(),
        line.get("answer"));
  }

  private Optional<String> resultDifference(JsonNode expected, JsonNode actual) {
    boolean isSeriesList =
        expected.isArray() && !expected.isEmpty() && expected.get(0).has("metric");
    if (!isSeriesList || isOrdered) {
      return expected.equals(actual)
          ? Optional.empty()
          : Optional.of(
              "result " + cut(actual.toString()) + " instead of " + cut(expected.toString()));
    }
    Map<JsonNode, JsonNode> bySeries = new HashMap<>();
    actual.forEach(series -> bySeries.put(series.path("metric"), series));
    if (bySeries.size() != expected.size() || actual.size() != expected.size()) {
      return Optional.of(
          actual.size() + " series instead of " + expected.size() + ": " + cut(actual.toString()));
    }
    for (JsonNode series : expected) {
      JsonNode other = bySeries.get(series.get("metric"));
      if (other == null) {
        return Optional.of("no series " + series.get("metric"));
      }
      if (!series.equals(other)) {
        return Optional.of("series " + firstDifference(series.toString(), other.toString()));
      }
    }
    return Optional.empty();
  }

  private static String firstDifference(String expected, String actual) {
    int at = 0;
    while (at < Math.min(expected.length(), actual.length())
        && expected.charAt(at) == actual.charAt(at)) {
      at++;
    }
    int from = Math.max(0, at - 60);
    return "…" + cut(actual.substring(from)) + " instead of …" + cut(expected.substring(from));
  }

  private static Set<String> texts(JsonNode array) {
    Set<String> texts = new TreeSet<>();
    array.forEach(text -> texts.add(text.asString()));
    return texts;
  }

  private static String cut(String text) {
    return text.length() > 300 ? text.substring(0, 300) + "…" : text;
  }
}
