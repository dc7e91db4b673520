package io.pallium.promql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.pallium.base.BadRequestException;
import io.pallium.base.ErrorKind;
import io.pallium.base.LimitExceededException;
import io.pallium.base.QueryCanceledException;
import io.pallium.base.QueryFailedException;
import io.pallium.base.QueryTimeoutException;
import io.pallium.base.clock.ManualTimeSource;
import io.pallium.base.clock.TimeSource;
import io.pallium.base.memory.MemoryBudget;
import io.pallium.model.Labels;
import io.pallium.model.NativeHistogram;
import io.pallium.model.TenantId;
import io.pallium.storage.MemoryQueryable;
import io.pallium.storage.QueryControl;
import io.pallium.storage.Queryable;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Queries that use too much, take too long, are cancelled at any moment or cannot be evaluated:
/// they end with the right error and leave no memory reserved.
class HostileQueriesTest {
  private static final TenantId TENANT = TenantId.ANONYMOUS;
  private static final int SERIES = 400;
  private static final long END_MS = 3_600_000;

  private static final List<String> QUERIES =
      List.of(
          "m",
          "m[10m]",
          "sum(rate(m[5m]))",
          "sum by (a) (rate(m[5m]))",
          "avg(m) / count(m)",
          "m + on (i) m",
          "m and m or m unless m",
          "-m",
          "abs({__name__=~\"m|n\"})",
          "rate({__name__=~\"m|n\"}[5m])",
          "max_over_time(rate(m[5m])[10m:1m])",
          "histogram_quantile(0.9, m)",
          "m @ 0 + scalar(m)",
          "quantile_over_time(scalar(vector(0.5)), m[5m])",
          "min_over_time(m[1h])",
          "mad_over_time(m[1h])",
          "topk(3, m)",
          "bottomk by (a) (1000, m)",
          "limitk by (a) (3, m)",
          "limit_ratio(0.5, m)",
          "quantile by (a) (0.5, m)",
          "count_values(\"v\", m)",
          "m * on (a) group_left sum by (a) (m)",
          "m * on (a, le) group_left (new) label_replace(limitk by (a, le) (1, m), \"new\", \"x\", \"\", \"\")",
          "m{i=~\"1.*\"} + on (i) fill (0) m",
          "absent(m > 1e12)",
          "label_join(m, \"x\", \"-\", \"i\", \"a\")",
          "sort_desc(m)",
          "info(m, {__name__=\"m\", a=~\".+\"}) or m",
          "day_of_month(m)");

  private final MemoryQueryable data = new MemoryQueryable();
  private ExecutorService pool;
  private QueryEngine engine;

  @BeforeEach
  void fill() {
    pool = Executors.newFixedThreadPool(2);
    engine = engine(pool);
    for (int i = 0; i < SERIES; i++) {
      Labels labels = Labels.of("__name__", "m", "i", "" + i, "a", "" + i % 5, "le", "" + i % 7);
      for (long t = 0; t <= END_MS; t += 15_000) {
        data.add(labels, t, t / 1000.0 * i);
      }
    }
  }

  @AfterEach
  void stop() {
    pool.close();
  }

  @Test
  void queryOverItsBudgetFailsWithTheLimitsName() {
    MemoryBudget budget = MemoryBudget.root("query.max_memory", 1 << 20);

    assertThatThrownBy(() -> fineRange("m", control(budget)))
        .isInstanceOf(LimitExceededException.class)
        .hasMessageContaining("query.max_memory")
        .extracting(e -> ((LimitExceededException) e).kind())
        .isEqualTo(ErrorKind.QUERY_FAILED);
    assertThat(budget.reservedBytes()).isZero();
  }

  @Test
  void everyBudgetGivesTheWholeAnswerOrFailsAndFreesAll() {
    for (String query : QUERIES) {
      for (long limit = 1024; limit < 64L << 20; limit *= 3) {
        MemoryBudget budget = MemoryBudget.root("query.max_memory", limit);
        try (QueryResult result = run(data, query, control(budget))) {
          assertThat(result.series()).as(query).isNotEmpty();
        } catch (LimitExceededException | QueryFailedException e) {
          assertThat(e.getMessage()).isNotEmpty();
        }
        assertThat(budget.reservedBytes()).as(query + " within " + limit).isZero();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "topk(3, %s)",
        "count(limitk(3, %s))",
        "count(limit_ratio(0.5, %s))",
        "absent(%s > 1e12)",
        "sum(%s * on () group_left count(m))"
      })
  void choosingAndFoldingNeedNoMemoryPerSeries(String query) {
    MemoryBudget few = MemoryBudget.root("few", 1L << 40);
    fineRange(query.formatted("m{i=~\"1.?.?\"}"), control(few)).close();
    MemoryBudget many = MemoryBudget.root("many", 1L << 40);
    fineRange(query.formatted("m"), control(many)).close();

    assertThat(many.peakBytes()).isLessThanOrEqualTo(few.peakBytes() * 12 / 10);
  }

  @Test
  void sumOfRatesNeedsNoMemoryPerSeries() {
    MemoryBudget few = MemoryBudget.root("few", 1L << 40);
    fineRange("sum(rate(m{i=~\"1.?.?\"}[5m]))", control(few)).close();
    MemoryBudget many = MemoryBudget.root("many", 1L << 40);
    fineRange("sum(rate(m[5m]))", control(many)).close();

    assertThat(many.peakBytes()).isLessThanOrEqualTo(few.peakBytes() * 11 / 10);
  }

  @Test
  void histogramsOfAResultAreReservedUntilItIsClosed() {
    int samples = 100;
    int buckets = 1000;
    MemoryQueryable histograms = new MemoryQueryable();
    for (int i = 0; i < samples; i++) {
      histograms.add(Labels.of("__name__", "h"), i * 15_000L, histogram(buckets));
    }
    for (String query : List.of("h", "h[1h]", "last_over_time(h[1m])", "h or h")) {
      MemoryBudget budget = MemoryBudget.root("query.max_memory", 1L << 40);

      QueryResult result = run(histograms, query, control(budget));

      int shown = query.equals("h[1h]") ? samples : 1;
      assertThat(budget.reservedBytes()).as(query).isGreaterThan(8L * buckets * shown);
      result.close();
      assertThat(budget.reservedBytes()).as(query).isZero();
      MemoryBudget small = MemoryBudget.root("query.max_memory", 8L * buckets * samples / 2);
      assertThatThrownBy(() -> run(histograms, query, control(small)))
          .as(query)
          .isInstanceOf(LimitExceededException.class);
      assertThat(small.reservedBytes()).as(query).isZero();
    }
  }

  private static NativeHistogram histogram(int buckets) {
    long[] deltas = new long[buckets];
    deltas[0] = 1;
    return new NativeHistogram(
        NativeHistogram.ResetHint.UNKNOWN,
        false,
        3,
        0,
        0,
        buckets,
        1,
        new int[] {0, buckets},
        deltas,
        new int[0],
        new long[0],
        new double[0]);
  }

  @Test
  void labelsOfAResultAreReserved() {
    MemoryQueryable wide = new MemoryQueryable();
    for (int i = 0; i < 100; i++) {
      wide.add(Labels.of("__name__", "w", "x", i + "x".repeat(2000)), END_MS, i);
    }
    for (String query : List.of("w", "w[5m]")) {
      MemoryBudget budget = MemoryBudget.root("query.max_memory", 1L << 40);
      try (QueryResult result =
          engine.instant(wide, TENANT, query, END_MS, QueryOptions.DEFAULT, control(budget))) {
        assertThat(result.series()).hasSize(100);
        assertThat(budget.reservedBytes()).as(query).isGreaterThan(100 * 2000);
      }
    }
  }

  @Test
  void queryOverOneSeriesEndsInItsMidstWhenItsTimeIsOver() {
    // At each look at the clock, a second has passed; one series takes many.
    ManualTimeSource time = new ManualTimeSource(0);
    AtomicInteger looks = new AtomicInteger();
    TimeSource hurried =
        new TimeSource() {
          @Override
          public long nowMs() {
            return time.nowMs();
          }

          @Override
          public long nowNanos() {
            looks.incrementAndGet();
            time.advance(Duration.ofSeconds(1));
            return time.nowNanos();
          }
        };
    MemoryBudget budget = MemoryBudget.root("test", 1L << 40);
    QueryControl control = new QueryControl(budget, hurried, Duration.ofSeconds(20));

    assertThatThrownBy(
            () -> range(data, "quantile_over_time(0.5, vector(time())[1000s:10ms])", control))
        .isInstanceOf(QueryTimeoutException.class);
    assertThat(looks.get()).isLessThan(50);
    assertThat(budget.reservedBytes()).isZero();
  }

  @Test
  void searchForTheFirstFailureLooksAtTheClockAtEachStep() {
    MemoryQueryable late = new MemoryQueryable();
    for (long t = 0; t <= END_MS; t += 15_000) {
      late.add(Labels.of("__name__", "l", "instance", "a", "job", "b"), t, 1);
      late.add(info("1"), t, 1);
    }
    late.add(info("2"), END_MS, 1);
    AtomicInteger looks = new AtomicInteger();
    TimeSource counting =
        new TimeSource() {
          @Override
          public long nowMs() {
            return 0;
          }

          @Override
          public long nowNanos() {
            return looks.getAndIncrement();
          }
        };
    MemoryBudget budget = MemoryBudget.root("test", 1L << 40);
    QueryControl control = new QueryControl(budget, counting, Duration.ofHours(1));

    assertThatThrownBy(() -> range(late, "info(l)", control))
        .isInstanceOf(QueryFailedException.class)
        .hasMessageContaining("duplicate series");
    assertThat(looks.get()).isGreaterThan((int) (END_MS / 30_000));
    assertThat(budget.reservedBytes()).isZero();
  }

  private static Labels info(String version) {
    return Labels.of("__name__", "target_info", "instance", "a", "job", "b", "version", version);
  }

  @Test
  void nothingIsCombinedFromTheFirstDuplicateOn() {
    MemoryBudget all = MemoryBudget.root("all", 1L << 40);
    fineRange("m * on (i) group_left (a) m", control(all)).close();
    MemoryBudget none = MemoryBudget.root("none", 1L << 40);

    assertThatThrownBy(() -> fineRange("m * on () group_left (i) m", control(none)))
        .isInstanceOf(QueryFailedException.class)
        .hasMessageContaining("duplicate series");

    assertThat(none.peakBytes()).isLessThan(all.peakBytes());
  }

  @Test
  void samplesBetweenTheRangesOfDistantStepsAreNotRead() {
    MemoryQueryable day = new MemoryQueryable();
    for (long t = 0; t < 24 * END_MS; t += 15_000) {
      day.add(Labels.of("__name__", "x_total"), t, t);
    }
    QueryControl control = unlimited();

    long hours = END_MS;
    try (QueryResult result =
        engine.range(
            day,
            TENANT,
            "rate(x_total[5m])",
            0,
            24 * hours,
            2 * hours,
            QueryOptions.DEFAULT,
            control)) {
      assertThat(result.series().get(0).size()).isEqualTo(12);
      assertThat(result.series().get(0).value(3)).isCloseTo(1000, within(1e-9));
    }

    assertThat(control.samplesRead()).isLessThan(24 * 240 * 6 / 10);
  }

  @Test
  void cancellationAtAnyMomentFreesAll() {
    for (String query : QUERIES) {
      var watched = new WatchedQueryable(data, Integer.MAX_VALUE, () -> {});
      run(watched, query, unlimited()).close();
      int total = watched.touches.get();
      for (int moment = 0; moment < total; moment += Math.max(1, total / 10)) {
        MemoryBudget budget = MemoryBudget.root("test", 1L << 40);
        QueryControl control = control(budget);
        var canceling = new WatchedQueryable(data, moment, control::cancel);

        try (QueryResult result = run(canceling, query, control)) {
          assertThat(result).as("too late to cancel").isNotNull();
        } catch (QueryCanceledException e) {
          assertThat(e.kind()).isEqualTo(ErrorKind.CANCELED);
        }
        assertThat(budget.reservedBytes()).as(query + " at " + moment).isZero();
        assertThat(canceling.open.get()).as(query + " at " + moment).isZero();
      }
    }
  }

  @Test
  void failingStoreFreesAllAndIsReported() {
    for (String query : QUERIES) {
      MemoryBudget budget = MemoryBudget.root("test", 1L << 40);
      Queryable failing =
          new WatchedQueryable(
              data,
              7,
              () -> {
                throw new QueryFailedException("no such disk");
              });

      assertThatThrownBy(() -> run(failing, query, control(budget)))
          .as(query)
          .isInstanceOf(QueryFailedException.class)
          .hasMessage("no such disk");
      assertThat(budget.reservedBytes()).as(query).isZero();
    }
  }

  @Test
  void queryEndsWhenItsTimeIsOver() {
    ManualTimeSource time = new ManualTimeSource(0);
    MemoryBudget budget = MemoryBudget.root("test", 1L << 40);
    QueryControl control = new QueryControl(budget, time, Duration.ofSeconds(10));
    Queryable slow = new WatchedQueryable(data, 20, () -> time.advance(Duration.ofSeconds(11)));

    assertThatThrownBy(() -> range(slow, "sum(rate(m[5m]))", control))
        .isInstanceOf(QueryTimeoutException.class);
    assertThat(budget.reservedBytes()).isZero();
  }

  @Test
  void poolThatRefusesWorkDoesNotStopQueries() {
    Executor refusing =
        work -> {
          throw new RejectedExecutionException("full");
        };

    try (QueryResult result = range(engine(refusing), "sum(rate(m[5m]))")) {
      assertThat(result.series()).hasSize(1);
    }
  }

  @Test
  void poolThatNeverRunsAnythingDoesNotStopQueries() {
    try (QueryResult result = range(engine(work -> {}), "count(m)")) {
      assertThat(result.series().get(0).value(60)).isEqualTo(SERIES);
    }
  }

  @Test
  void rangeQueryOfRangeVectorIsRefused() {
    assertThatThrownBy(() -> range(data, "m[5m]", unlimited()))
        .isInstanceOf(BadRequestException.class)
        .hasMessage(
            "invalid expression type \"range vector\" for range query, must be Scalar or instant"
                + " Vector");
  }

  private QueryResult run(Queryable queryable, String query, QueryControl control) {
    return query.endsWith("]")
        ? engine.instant(queryable, TENANT, query, END_MS, QueryOptions.DEFAULT, control)
        : range(queryable, query, control);
  }

  private QueryResult range(Queryable queryable, String query, QueryControl control) {
    return engine.range(queryable, TENANT, query, 0, END_MS, 30_000, QueryOptions.DEFAULT, control);
  }

  /// With so many steps that a batch holds few series.
  private QueryResult fineRange(String query, QueryControl control) {
    return engine.range(data, TENANT, query, 0, END_MS, 2_500, QueryOptions.DEFAULT, control);
  }

  private QueryResult range(QueryEngine other, String query) {
    return other.range(data, TENANT, query, 0, END_MS, 30_000, QueryOptions.DEFAULT, unlimited());
  }

  private static QueryEngine engine(Executor pool) {
    Features features =
        Features.DEFAULT.with("promql-experimental-functions,promql-binop-fill-modifiers");
    return new QueryEngine(EngineConfig.defaults(), features, pool);
  }

  private static QueryControl unlimited() {
    return control(MemoryBudget.root("unlimited", Long.MAX_VALUE));
  }

  private static QueryControl control(MemoryBudget budget) {
    return new QueryControl(budget, TimeSource.SYSTEM, Duration.ofMinutes(2));
  }
}
