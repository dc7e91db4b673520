package io.pallium.testkit.naive;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.base.QueryFailedException;
import io.pallium.base.clock.TimeSource;
import io.pallium.base.memory.MemoryBudget;
import io.pallium.model.Labels;
import io.pallium.model.TenantId;
import io.pallium.promql.EngineConfig;
import io.pallium.promql.Features;
import io.pallium.promql.QueryEngine;
import io.pallium.promql.QueryOptions;
import io.pallium.promql.QueryResult;
import io.pallium.promql.ast.Expr;
import io.pallium.promql.exec.ResultSeries;
import io.pallium.promql.parse.ParserOptions;
import io.pallium.promql.parse.PromqlParser;
import io.pallium.storage.MemoryQueryable;
import io.pallium.storage.QueryControl;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/// Random queries over random series: the engine, which computes series by series, must answer as
/// the referee does, which computes step by step. What this found is kept as a script in
/// `core/promql/src/test/resources/promql/found.test`.
///
/// `-Dpallium.seed=N` runs the one query with that seed again.
class DifferentialTest {
  private static final int QUERIES = Boolean.getBoolean("pallium.long") ? 100_000 : 2_000;
  private static final int QUERIES_PER_DATA = 50;
  private static final int MAX_SHOWN = 10;
  private static final double TOLERANCE = 1e-9;
  private static final long START_MS = 600_000;
  private static final long STEP_MS = 77_000;
  private static final int STEPS = 12;
  private static final long END_MS = START_MS + (STEPS - 1) * STEP_MS;

  private static final Features FEATURES =
      Features.DEFAULT.with("promql-experimental-functions,promql-binop-fill-modifiers");

  private int compared;
  private int failing;
  private int empty;
  private int unknown;

  @Test
  void engineAnswersAsTheReferee() {
    Long only = Long.getLong("pallium.seed");
    long first = only == null ? new Random().nextLong() >>> 16 : only;
    int count = only == null ? QUERIES : 1;
    List<String> differences = new ArrayList<>();
    try (ExecutorService pool = Executors.newFixedThreadPool(2)) {
      var engine = new QueryEngine(EngineConfig.defaults(), FEATURES, pool);
      for (long seed = first; seed < first + count; seed++) {
        String difference = difference(engine, seed);
        if (!difference.isEmpty() && differences.size() < MAX_SHOWN) {
          differences.add("seed " + seed + ": " + difference);
        }
      }
    }

    System.out.printf(
        "random queries from seed %d: %d with values, %d without, %d failing, %d not known to the"
            + " referee%n",
        first, compared, empty, failing, unknown);
    differences.forEach(System.out::println);
    assertThat(differences).isEmpty();
    if (only == null) {
      assertThat(compared).isGreaterThan(count / 2);
      assertThat(failing).isLessThan(count / 4);
    }
  }

  private String difference(QueryEngine engine, long seed) {
    Map<Labels, List<Point>> series =
        RandomSeries.create(new Random(seed / QUERIES_PER_DATA * QUERIES_PER_DATA));
    String query = new RandomQueries(new Random(seed)).next();
    Expr expr = PromqlParser.parse(query, ParserOptions.ALL);
    List<Map<Labels, Double>> expected = new ArrayList<>();
    Set<String> failures = new TreeSet<>();
    var naive = new NaiveEvaluator(series, START_MS, END_MS);
    try {
      for (int step = 0; step < STEPS; step++) {
        try {
          expected.add(naive.evaluate(expr, START_MS + step * STEP_MS));
        } catch (IllegalArgumentException e) {
          failures.add(withoutGroup(String.valueOf(e.getMessage())));
        }
      }
    } catch (UnsupportedOperationException e) {
      unknown++;
      return "";
    }
    MemoryBudget budget = MemoryBudget.root("test", 1L << 30);
    String found = compare(engine, queryable(series), query, budget, expected, failures);
    if (budget.reservedBytes() != 0) {
      return query + "\n  leaves " + budget.reservedBytes() + " bytes reserved";
    }
    return found.isEmpty() ? "" : query + "\n  " + found;
  }

  private String compare(
      QueryEngine engine,
      MemoryQueryable data,
      String query,
      MemoryBudget budget,
      List<Map<Labels, Double>> expected,
      Set<String> failures) {
    var control = new QueryControl(budget, TimeSource.SYSTEM, Duration.ofMinutes(1));
    try (QueryResult result =
        engine.range(
            data,
            TenantId.ANONYMOUS,
            query,
            START_MS,
            END_MS,
            STEP_MS,
            QueryOptions.DEFAULT,
            control)) {
      if (!failures.isEmpty()) {
        return "answers, but should fail: " + failures;
      }
      return compare(result, expected);
    } catch (QueryFailedException e) {
      failing++;
      String got = String.valueOf(e.getMessage());
      // Of the failures of several steps the engine names that of the innermost expression.
      return failures.contains(withoutGroup(got))
          ? ""
          : "fails: " + got + "\n  instead of: " + failures;
    }
  }

  private String compare(QueryResult result, List<Map<Labels, Double>> expected) {
    boolean hasValues = false;
    List<Map<Labels, Double>> actual = new ArrayList<>();
    for (int step = 0; step < STEPS; step++) {
      actual.add(new HashMap<>());
    }
    for (ResultSeries series : result.series()) {
      for (int i = series.next(0); i >= 0; i = series.next(i + 1)) {
        actual.get(i).put(series.labels(), series.value(i));
      }
    }
    for (int step = 0; step < STEPS; step++) {
      Map<Labels, Double> wanted = expected.get(step);
      Map<Labels, Double> got = actual.get(step);
      hasValues |= !wanted.isEmpty();
      boolean isSame =
          wanted.keySet().equals(got.keySet())
              && wanted.entrySet().stream()
                  .allMatch(e -> isSame(e.getValue(), got.getOrDefault(e.getKey(), Double.NaN)));
      if (!isSame) {
        return "at "
            + (START_MS + step * STEP_MS)
            + ": "
            + new TreeMap<>(got)
            + "\n  instead of "
            + new TreeMap<>(wanted);
      }
    }
    if (hasValues) {
      compared++;
    } else {
      empty++;
    }
    return "";
  }

  /// Without the group and its two series that are named: which of several, is not defined.
  private static String withoutGroup(String message) {
    return message.replaceAll(
        "match group \\{.*} on the (\\w+) hand-side of the operation: \\[.*];", "group on the $1;");
  }

  private static boolean isSame(double a, double b) {
    return a == b
        || Double.isNaN(a) && Double.isNaN(b)
        || Math.abs(a - b) <= TOLERANCE * Math.max(1, Math.max(Math.abs(a), Math.abs(b)));
  }

  private static MemoryQueryable queryable(Map<Labels, List<Point>> series) {
    MemoryQueryable data = new MemoryQueryable();
    series.forEach(
        (labels, points) ->
            points.forEach(point -> data.add(labels, point.timestampMs(), point.value())));
    return data;
  }
}
