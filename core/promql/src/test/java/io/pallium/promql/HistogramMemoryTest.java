package io.pallium.promql;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.base.LimitExceededException;
import io.pallium.base.clock.TimeSource;
import io.pallium.base.memory.MemoryBudget;
import io.pallium.model.Labels;
import io.pallium.model.NativeHistogram;
import io.pallium.model.NativeHistogram.ResetHint;
import io.pallium.model.TenantId;
import io.pallium.promql.exec.ResultSeries;
import io.pallium.storage.MemoryQueryable;
import io.pallium.storage.QueryControl;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Queries over native histograms reserve what they hold, and give the whole answer or fail.
class HistogramMemoryTest {
  private static final int SERIES = 20;
  private static final int SAMPLES = 30;
  private static final int BUCKETS = 160;

  private static final List<String> QUERIES =
      List.of(
          "sum(h)",
          "avg by (i) (h)",
          "sum by (j) (rate(h[2m]))",
          "-h",
          "h + h",
          "h * on (i) group_left m",
          "h >/ 4",
          "sum_over_time(h[2m])",
          "avg_over_time(rate(h[1m])[2m:30s])",
          "count_values(\"v\", h)",
          "histogram_quantile(0.9, rate(h[2m]))",
          "histogram_fraction(0, 1, h)",
          "histogram_stddev(h)",
          "h == h");

  private static final MemoryQueryable DATA = new MemoryQueryable();

  @BeforeAll
  static void fill() {
    for (int series = 0; series < SERIES; series++) {
      Labels labels = Labels.of("__name__", "h", "i", "" + series, "j", "" + series % 3);
      for (int i = 0; i < SAMPLES; i++) {
        DATA.add(labels, i * 15_000L, histogram(i + 1));
      }
      for (int i = 0; i < SAMPLES; i++) {
        DATA.add(Labels.of("__name__", "m", "i", "" + series), i * 15_000L, i);
      }
    }
  }

  private static NativeHistogram histogram(int count) {
    long[] deltas = new long[BUCKETS];
    deltas[0] = count;
    return new NativeHistogram(
        ResetHint.UNKNOWN,
        false,
        4,
        0,
        0,
        (long) count * BUCKETS,
        count * 3.0,
        new int[] {-BUCKETS / 2, BUCKETS},
        deltas,
        new int[0],
        new long[0],
        new double[0]);
  }

  private static QueryResult run(String query, MemoryBudget budget) {
    var engine = new QueryEngine(EngineConfig.defaults(), Features.DEFAULT, Runnable::run);
    return engine.range(
        DATA,
        TenantId.ANONYMOUS,
        query,
        0,
        SAMPLES * 15_000L,
        15_000,
        QueryOptions.DEFAULT,
        new QueryControl(budget, TimeSource.SYSTEM, Duration.ofMinutes(2)));
  }

  private static int points(QueryResult result) {
    return result.series().stream().mapToInt(ResultSeries::size).sum();
  }

  @Test
  void everyBudgetGivesTheWholeAnswerOrFailsAndFreesAll() {
    for (String query : QUERIES) {
      MemoryBudget enough = MemoryBudget.root("query.max_memory", 1L << 40);
      int points;
      try (QueryResult result = run(query, enough)) {
        points = points(result);
      }
      assertThat(points).as(query).isPositive();
      assertThat(enough.reservedBytes()).as(query).isZero();
      for (long bytes = enough.peakBytes() * 5 / 4; bytes > 1024; bytes = bytes * 3 / 4) {
        MemoryBudget budget = MemoryBudget.root("query.max_memory", bytes);
        try (QueryResult result = run(query, budget)) {
          assertThat(points(result)).as(query).isEqualTo(points);
        } catch (LimitExceededException e) {
          assertThat(bytes).as(query).isLessThan(enough.peakBytes());
        }
        assertThat(budget.reservedBytes()).as(query).isZero();
      }
    }
  }

  @Test
  void sumsReserveTheirBucketsAtEveryStep() {
    MemoryBudget budget = MemoryBudget.root("query.max_memory", 1L << 40);

    run("sum by (i) (h)", budget).close();

    long buckets = (long) SERIES * SAMPLES * BUCKETS * 12;
    assertThat(budget.peakBytes()).isGreaterThan(buckets);
  }
}
