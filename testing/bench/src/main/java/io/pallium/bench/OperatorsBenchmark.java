package io.pallium.bench;

import io.pallium.model.Labels;
import io.pallium.model.NativeHistogram;
import io.pallium.promql.EngineConfig;
import io.pallium.promql.Features;
import io.pallium.promql.QueryEngine;
import io.pallium.promql.QueryOptions;
import io.pallium.promql.QueryResult;
import io.pallium.promql.parse.ParserLimits;
import io.pallium.storage.MemoryQueryable;
import io.pallium.storage.QueryControl;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/// One query for each class of operators, over 200 series with 480 samples each and 120 steps, on
/// one thread; native histograms have 20 series of 40 buckets.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class OperatorsBenchmark {
  private static final int SERIES = 200;
  private static final int HISTOGRAMS = 20;
  private static final int BUCKETS = 40;
  private static final int SAMPLES = 480;
  private static final long END_MS = SAMPLES * WriteRequests.INTERVAL_MS;
  private static final long STEP_MS = 60_000;

  @Param({
    "m",
    "sum(rate(m[5m]))",
    "increase(m[5m])",
    "irate(m[5m])",
    "avg_over_time(m[5m])",
    "max_over_time(m[5m])",
    "quantile_over_time(0.9, m[5m])",
    "deriv(m[5m])",
    "sum by (job) (m)",
    "topk(10, m)",
    "quantile(0.9, m)",
    "count_values(\"v\", m)",
    "m + m",
    "m * on (job) group_left sum by (job) (m)",
    "m and m",
    "m or m",
    "label_replace(m, \"x\", \"$1\", \"pod\", \"p(.*)\")",
    "max_over_time(rate(m[5m])[10m:1m])",
    "histogram_quantile(0.9, m)",
    "histogram_quantile(0.9, rate(h[5m]))",
    "sum(rate(h[5m]))"
  })
  public String query = "";

  private final MemoryQueryable queryable = new MemoryQueryable();
  private final QueryEngine engine =
      new QueryEngine(
          new EngineConfig(Duration.ofMinutes(5), Duration.ofMinutes(1), 1, ParserLimits.DEFAULT),
          Features.DEFAULT,
          Runnable::run);

  @Setup
  public void fill() {
    for (int series = 0; series < SERIES; series++) {
      String bound = series % 10 == 9 ? "+Inf" : "" + series % 10;
      Labels labels =
          Labels.of(
              "__name__", "m", "job", "j" + series / 10, "le", bound, "pod", "p" + series / 10);
      double value = 0;
      for (int i = 0; i < SAMPLES; i++) {
        value += (series * 31 + i * 17) % 23;
        queryable.add(labels, i * WriteRequests.INTERVAL_MS, value);
      }
    }
    for (int series = 0; series < HISTOGRAMS; series++) {
      Labels labels = Labels.of("__name__", "h", "pod", "p" + series);
      for (int i = 0; i < SAMPLES; i++) {
        queryable.add(labels, i * WriteRequests.INTERVAL_MS, histogram(i + 1L));
      }
    }
  }

  private static NativeHistogram histogram(long count) {
    long[] deltas = new long[BUCKETS];
    deltas[0] = count;
    return new NativeHistogram(
        NativeHistogram.ResetHint.UNKNOWN,
        false,
        3,
        0,
        0,
        count * BUCKETS,
        count * 3.0,
        new int[] {-BUCKETS / 2, BUCKETS},
        deltas,
        new int[0],
        new long[0],
        new double[0]);
  }

  @Benchmark
  public int query() {
    try (QueryResult result =
        engine.range(
            queryable,
            Database.TENANT,
            query,
            0,
            END_MS,
            STEP_MS,
            QueryOptions.DEFAULT,
            QueryControl.unlimited())) {
      return result.series().size();
    }
  }
}
