package io.pallium.promql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pallium.base.BadRequestException;
import io.pallium.base.PalliumException;
import io.pallium.base.clock.TimeSource;
import io.pallium.base.memory.MemoryBudget;
import io.pallium.model.FloatHistogram;
import io.pallium.model.HistogramBuckets;
import io.pallium.model.Labels;
import io.pallium.model.NativeHistogram;
import io.pallium.model.TenantId;
import io.pallium.promql.ast.ValueType;
import io.pallium.promql.exec.ResultSeries;
import io.pallium.storage.MemoryQueryable;
import io.pallium.storage.QueryControl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Evaluates the recorded queries and compares with what Prometheus answered, to the last bit.
class GoldenQueriesTest {
  private static final String EXPERIMENTAL =
      "promql-experimental-functions,promql-duration-expr,promql-extended-range-selectors,"
          + "promql-binop-fill-modifiers";

  /// How many recorded queries with a result there are at the least.
  private static final int MIN_COVERED = 2_925;

  /// The same of those with experimental features.
  private static final int MIN_EXPERIMENTAL_COVERED = 650;

  private final List<String> differences = new ArrayList<>();
  private int covered;

  @Test
  void answersAreThoseOfPrometheus() throws IOException {
    replay("queries.jsonl.gz", Features.DEFAULT);
    assertThat(covered).isGreaterThanOrEqualTo(MIN_COVERED);
  }

  @Test
  void experimentalAnswersAreThoseOfPrometheus() throws IOException {
    replay("queries-experimental.jsonl.gz", Features.DEFAULT.with(EXPERIMENTAL));
    assertThat(covered).isGreaterThanOrEqualTo(MIN_EXPERIMENTAL_COVERED);
  }

  private void replay(String file, Features features) throws IOException {
    Path golden = Path.of(System.getProperty("pallium.shared", "../shared"), "golden");
    assumeTrue(Files.exists(golden), "no recorded answers at " + golden);
    MemoryQueryable data = GoldenData.load(golden.resolve("data.jsonl.gz"));

    try (ExecutorService pool = Executors.newFixedThreadPool(2)) {
      var engine = new QueryEngine(EngineConfig.defaults(), features, pool);
      GoldenData.lines(golden.resolve(file), query -> check(engine, data, query));
    }

    System.out.println(
        "recorded queries: covered " + covered + ", different " + differences.size());
    differences.forEach(System.out::println);
    assertThat(differences).isEmpty();
  }

  private void check(QueryEngine engine, MemoryQueryable data, JsonNode query) {
    if (query.get("id").asString().startsWith("qp")) {
      // These are about the parameters of the query API.
      return;
    }
    JsonNode answer = query.get("answer");
    int status = query.get("http").asInt();
    MemoryBudget budget = MemoryBudget.root("test", 1L << 30);
    var control = new QueryControl(budget, TimeSource.SYSTEM, Duration.ofMinutes(2));
    @Nullable String found;
    try (QueryResult result = evaluate(engine, data, query, control)) {
      found = compare(result, answer);
      if (found == null && query.get("ordered").asBoolean()) {
        found = compareOrder(result, answer.get("data").get("result"));
      }
    } catch (BadRequestException | NumberFormatException | DateTimeException e) {
      // What parse errors say is compared by the tests of the parser.
      found = status == 400 ? null : "refused: " + e.getMessage();
    } catch (PalliumException e) {
      found =
          status != 400 && e.getMessage().equals(text(answer, "error"))
              ? null
              : "failed: " + e.getMessage();
    } catch (RuntimeException | AssertionError e) {
      found = "broke: " + e;
    }
    assertThat(budget.reservedBytes()).as(query.toString()).isZero();
    if (status != 400) {
      covered++;
    }
    if (found != null) {
      String recorded = answer.toString();
      differences.add(
          query.get("id").asString()
              + " "
              + query.get("params")
              + "\n  "
              + found
              + "\n  "
              + recorded.substring(0, Math.min(600, recorded.length())));
    }
  }

  private static QueryResult evaluate(
      QueryEngine engine, MemoryQueryable data, JsonNode query, QueryControl control) {
    JsonNode params = query.get("params");
    Optional<Duration> lookback =
        Optional.ofNullable(text(params, "lookback_delta"))
            .map(text -> Duration.ofMillis(durationMs(text)));
    TenantId tenant = TenantId.ANONYMOUS;
    String text = params.get("query").asString();
    if (query.get("kind").asString().equals("query")) {
      return engine.instant(
          data,
          tenant,
          text,
          timeMs(text(params, "time")),
          new QueryOptions(lookback, false),
          control);
    }
    return engine.range(
        data,
        tenant,
        text,
        timeMs(text(params, "start")),
        timeMs(text(params, "end")),
        durationMs(text(params, "step")),
        new QueryOptions(lookback, false),
        control);
  }

  private static @Nullable String compare(QueryResult result, JsonNode answer) {
    if (!answer.get("status").asString().equals("success")) {
      return "answered " + result.type() + " with " + result.series().size() + " series";
    }
    JsonNode data = answer.get("data");
    String type = data.get("resultType").asString();
    if (!type.equals(result.type().apiName())) {
      return "is a " + result.type();
    }
    String found =
        switch (type) {
          case "string" ->
              data.get("result").get(1).asString().equals(result.text()) ? null : result.text();
          case "scalar" -> comparePoint(result.series().get(0), 0, data.get("result"));
          default -> compareSeries(result, data.get("result"));
        };
    if (found != null) {
      return found;
    }
    List<String> warnings = texts(answer, "warnings");
    List<String> infos = texts(answer, "infos");
    if (!warnings.equals(result.warnings())) {
      return "warnings: " + result.warnings();
    }
    return infos.equals(result.infos()) ? null : "infos: " + result.infos();
  }

  private static @Nullable String compareSeries(QueryResult result, JsonNode expected) {
    TreeMap<Labels, JsonNode> byLabels = new TreeMap<>();
    expected.forEach(series -> byLabels.put(GoldenData.labels(series.get("metric")), series));
    boolean isMatrix = result.type() == ValueType.MATRIX;
    List<Labels> order = result.series().stream().map(ResultSeries::labels).toList();
    if (isMatrix && !order.equals(order.stream().sorted(Comparator.naturalOrder()).toList())) {
      return "not in label order";
    }
    for (ResultSeries series : result.series()) {
      JsonNode other = byLabels.remove(series.labels());
      if (other == null) {
        return "not expected: " + series.labels();
      }
      @Nullable String found = comparePoints(series, other);
      if (found != null) {
        return series.labels() + ": " + found;
      }
    }
    return byLabels.isEmpty() ? null : "missing: " + byLabels.firstKey();
  }

  private static @Nullable String compareOrder(QueryResult result, JsonNode expected) {
    List<Labels> wanted = new ArrayList<>();
    expected.forEach(series -> wanted.add(GoldenData.labels(series.get("metric"))));
    List<Labels> order = result.series().stream().map(ResultSeries::labels).toList();
    return order.equals(wanted) ? null : "order: " + order;
  }

  private static @Nullable String comparePoints(ResultSeries series, JsonNode other) {
    List<JsonNode> floats = new ArrayList<>();
    List<JsonNode> histograms = new ArrayList<>();
    if (other.has("value")) {
      floats.add(other.get("value"));
    }
    if (other.has("values")) {
      other.get("values").forEach(floats::add);
    }
    if (other.has("histogram")) {
      histograms.add(other.get("histogram"));
    }
    if (other.has("histograms")) {
      other.get("histograms").forEach(histograms::add);
    }
    if (series.size() != floats.size() + histograms.size()) {
      return series.size() + " points, not " + (floats.size() + histograms.size());
    }
    for (int i = series.next(0); i >= 0; i = series.next(i + 1)) {
      boolean isHistogram = series.histogram(i) != null;
      List<JsonNode> queue = isHistogram ? histograms : floats;
      if (queue.isEmpty()) {
        return "one " + (isHistogram ? "histogram" : "float") + " too many";
      }
      @Nullable String found = comparePoint(series, i, queue.remove(0));
      if (found != null) {
        return found;
      }
    }
    return null;
  }

  private static @Nullable String comparePoint(ResultSeries series, int index, JsonNode point) {
    long timeMs = Math.round(point.get(0).asDouble() * 1000);
    if (timeMs != series.timestampMs(index)) {
      return "a point at " + series.timestampMs(index) + ", not at " + timeMs;
    }
    NativeHistogram histogram = series.histogram(index);
    if (histogram != null) {
      @Nullable String found = compareHistogram(point.get(1), histogram);
      return found == null ? null : found + " of the histogram at " + timeMs;
    }
    return isSame(point.get(1), series.value(index))
        ? null
        : series.value(index) + " at " + timeMs + ", not " + point.get(1);
  }

  private static @Nullable String compareHistogram(JsonNode expected, NativeHistogram histogram) {
    if (!isSame(expected.get("count"), histogram.count())) {
      return "count " + histogram.count() + ", not " + expected.get("count");
    }
    if (!isSame(expected.get("sum"), histogram.sum())) {
      return "sum " + histogram.sum() + ", not " + expected.get("sum");
    }
    List<JsonNode> wanted = new ArrayList<>();
    if (expected.has("buckets")) {
      expected.get("buckets").forEach(wanted::add);
    }
    for (var buckets = HistogramBuckets.ascending(FloatHistogram.of(histogram)); buckets.next(); ) {
      if (buckets.count() == 0) {
        continue;
      }
      String bucket = buckets.lower() + ".." + buckets.upper() + ":" + buckets.count();
      if (wanted.isEmpty()) {
        return "additional bucket " + bucket;
      }
      JsonNode other = wanted.remove(0);
      if (!isSame(other.get(1), buckets.lower())
          || !isSame(other.get(2), buckets.upper())
          || !isSame(other.get(3), buckets.count())) {
        return "bucket " + bucket + ", not " + other;
      }
    }
    return wanted.isEmpty() ? null : "no bucket " + wanted.get(0);
  }

  private static boolean isSame(JsonNode expected, double value) {
    return Double.doubleToLongBits(GoldenData.number(expected.asString()))
        == Double.doubleToLongBits(value);
  }

  private static List<String> texts(JsonNode answer, String field) {
    List<String> texts = new ArrayList<>();
    if (answer.has(field)) {
      answer.get(field).forEach(text -> texts.add(text.asString()));
    }
    return texts.stream().sorted().toList();
  }

  private static @Nullable String text(JsonNode node, String field) {
    return node.has(field) ? node.get(field).asString() : null;
  }

  private static long timeMs(@Nullable String text) {
    if (text == null) {
      throw new BadRequestException("no time");
    }
    return text.endsWith("Z")
        ? Instant.parse(text).toEpochMilli()
        : Math.round(Double.parseDouble(text) * 1000);
  }

  private static long durationMs(@Nullable String text) {
    if (text == null) {
      throw new BadRequestException("no duration");
    }
    return switch (text.charAt(text.length() - 1)) {
      case 's' -> Long.parseLong(text.substring(0, text.length() - 1)) * 1000;
      case 'm' -> Long.parseLong(text.substring(0, text.length() - 1)) * 60_000;
      default -> Math.round(Double.parseDouble(text) * 1000);
    };
  }
}
