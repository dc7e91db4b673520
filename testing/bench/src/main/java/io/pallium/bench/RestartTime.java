package io.pallium.bench;

import io.pallium.base.clock.TimeSource;
import io.pallium.tsdb.Tsdb;
import io.pallium.tsdb.TsdbConfig;
import io.pallium.tsdb.TsdbLimits;
import io.pallium.tsdb.compact.CompactionConfig;
import io.pallium.tsdb.file.LocalDurableFiles;
import io.pallium.tsdb.head.HeadConfig;
import io.pallium.tsdb.log.LogReplayProgress;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;

/// Measures how long a database needs to open, and how much memory that takes:
///
/// ```
/// java -cp 'BENCH/*' io.pallium.bench.RestartTime fill DIRECTORY SERIES SCRAPES kill|close
/// java -cp 'BENCH/*' io.pallium.bench.RestartTime open DIRECTORY kill|close
/// ```
///
/// Scrapes are 15 s apart, the last one now. With `kill` the process ends without closing, as after
/// `kill -9`.
public final class RestartTime {
  private RestartTime() {}

  public static void main(String[] args) {
    Tsdb tsdb = open(Path.of(args[1]));
    if (args[0].equals("fill")) {
      fill(tsdb, Integer.parseInt(args[2]), Integer.parseInt(args[3]));
    }
    report("heap in use after a full collection", usedBytes());
    if (args[args.length - 1].equals("close")) {
      long startNanos = System.nanoTime();
      tsdb.close();
      System.out.printf(Locale.ROOT, "close %.1f s%n", (System.nanoTime() - startNanos) / 1e9);
    }
    System.exit(0);
  }

  private static Tsdb open(Path directory) {
    report("heap in use before", usedBytes());
    long startNanos = System.nanoTime();
    long startCpuNanos = cpuNanos();
    Tsdb tsdb =
        Tsdb.open(
            new TsdbConfig(
                directory,
                HeadConfig.defaults(),
                Database.log(false),
                CompactionConfig.defaults().withInterval(Duration.ZERO),
                Duration.ofHours(1),
                Duration.ZERO),
            new LocalDurableFiles(),
            TimeSource.SYSTEM,
            TsdbLimits.DEFAULTS,
            new PrometheusRegistry(),
            LogReplayProgress.NONE);
    System.out.printf(
        Locale.ROOT,
        "open %.1f s, of CPU time %.1f s%n",
        (System.nanoTime() - startNanos) / 1e9,
        (cpuNanos() - startCpuNanos) / 1e9);
    report("highest heap in use after a collection meanwhile", highestBytes());
    return tsdb;
  }

  private static void fill(Tsdb tsdb, int seriesCount, int scrapes) {
    Scrapes series = new Scrapes(seriesCount);
    long startMs = System.currentTimeMillis() - scrapes * WriteRequests.INTERVAL_MS;
    long startNanos = System.nanoTime();
    for (int scrape = 0; scrape < scrapes; scrape++) {
      long timeMs = startMs + scrape * WriteRequests.INTERVAL_MS;
      series.write(tsdb, scrape, timeMs);
      if (scrape % 8 == 0) {
        // Two minutes.
        tsdb.maintain();
      }
    }
    System.out.printf(Locale.ROOT, "fill %.1f s%n", (System.nanoTime() - startNanos) / 1e9);
  }

  private static long usedBytes() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  private static long highestBytes() {
    long bytes = 0;
    for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
      if (pool.getType() == MemoryType.HEAP && pool.getName().contains("Old")) {
        bytes += pool.getPeakUsage().getUsed();
      }
    }
    return bytes;
  }

  private static long cpuNanos() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  private static void report(String what, long bytes) {
    System.out.printf(Locale.ROOT, "%s: %,d MiB%n", what, bytes >> 20);
  }
}
