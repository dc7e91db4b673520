package io.pallium.bench;

import com.sun.management.ThreadMXBean;
import io.pallium.base.clock.TimeSource;
import io.pallium.base.memory.MemoryBudget;
import io.pallium.promql.EngineConfig;
import io.pallium.promql.Features;
import io.pallium.promql.QueryEngine;
import io.pallium.promql.QueryOptions;
import io.pallium.promql.QueryResult;
import io.pallium.promql.parse.ParserLimits;
import io.pallium.storage.QueryControl;
import java.lang.management.ManagementFactory;
import java.time.Duration;

/// Prints the memory that queries reserve at the most, and what they allocate in all, over more and
/// more series: `java -cp 'BENCH/*' io.pallium.bench.QueryMemoryCurve`.
public final class QueryMemoryCurve {
  private static final int SAMPLES = 240;
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private QueryMemoryCurve() {}

  public static void main(String[] args) {
    System.out.printf(
        "%-34s %10s %16s %18s %10s%n",
        "query", "series", "reserved, bytes", "allocated a series", "seconds");
    for (String query :
        new String[] {"sum(rate(m_total[5m]))", "sum by (job) (rate(m_total[5m]))"}) {
      for (int series : new int[] {10_000, 100_000, 1_000_000}) {
        long beforeBytes = THREADS.getCurrentThreadAllocatedBytes();
        long startNanos = System.nanoTime();
        long peakBytes = peakBytes(query, series);
        double seconds = (System.nanoTime() - startNanos) / 1e9;
        long perSeries = (THREADS.getCurrentThreadAllocatedBytes() - beforeBytes) / series;
        System.out.printf(
            "%-34s %,10d %,16d %,18d %10.2f%n", query, series, peakBytes, perSeries, seconds);
      }
    }
  }

  /// The most bytes that a range query of an hour in steps of 15 s has reserved at once.
  static long peakBytes(String query, int series) {
    QueryEngine engine =
        new QueryEngine(
            new EngineConfig(Duration.ofMinutes(5), Duration.ofMinutes(1), 2, ParserLimits.DEFAULT),
            Features.DEFAULT,
            Runnable::run);
    MemoryBudget budget = MemoryBudget.root("curve", Long.MAX_VALUE);
    try (QueryResult result =
        engine.range(
            new SyntheticQueryable(series, SAMPLES),
            Database.TENANT,
            query,
            0,
            SAMPLES * WriteRequests.INTERVAL_MS,
            WriteRequests.INTERVAL_MS,
            QueryOptions.DEFAULT,
            new QueryControl(budget, TimeSource.SYSTEM, Duration.ofMinutes(10)))) {
      if (result.series().isEmpty()) {
        throw new AssertionError("BUG: no answer");
      }
      return budget.peakBytes();
    }
  }
}
