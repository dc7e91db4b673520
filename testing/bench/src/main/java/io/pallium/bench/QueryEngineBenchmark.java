package io.pallium.bench;

import io.pallium.model.Labels;
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
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/// One sample read by a query over 200 series with 480 samples each, on one thread.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class QueryEngineBenchmark {
  private static final int SERIES = 200;
  private static final int SAMPLES = 480;
  private static final long START_MS = 1_800_000_000_000L;
  private static final long END_MS = START_MS + SAMPLES * WriteRequests.INTERVAL_MS;
  private static final long STEP_MS = 60_000;

  private final MemoryQueryable queryable = new MemoryQueryable();
  private final QueryEngine engine =
      new QueryEngine(
          new EngineConfig(Duration.ofMinutes(5), Duration.ofMinutes(1), 1, ParserLimits.DEFAULT),
          Features.DEFAULT,
          Runnable::run);

  @Setup
  public void fill() {
    for (int series = 0; series < SERIES; series++) {
      Labels labels = Labels.of("__name__", "m", "job", "j" + series % 10, "pod", "p" + series);
      double value = 0;
      for (int i = 0; i < SAMPLES; i++) {
        value += (series * 31 + i * 17) % 23;
        queryable.add(labels, START_MS + i * WriteRequests.INTERVAL_MS, value);
      }
    }
  }

  @Benchmark
  @OperationsPerInvocation(SERIES * SAMPLES)
  public int sumOfRate() {
    return points("sum(rate(m[5m]))");
  }

  @Benchmark
  @OperationsPerInvocation(SERIES * SAMPLES)
  public int sumByJobOfRate() {
    return points("sum by (job) (rate(m[5m]))");
  }

  @Benchmark
  @OperationsPerInvocation(SERIES * SAMPLES)
  public int sum() {
    return points("sum(m)");
  }

  private int points(String query) {
    try (QueryResult result =
        engine.range(
            queryable,
            Database.TENANT,
            query,
            START_MS,
            END_MS,
            STEP_MS,
            QueryOptions.DEFAULT,
            QueryControl.unlimited())) {
      return result.series().size();
    }
  }
}
