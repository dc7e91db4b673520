package io.pallium.bench;

import io.pallium.base.clock.ManualTimeSource;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Locale;

/// Measures what a database holds while a tenth of its series is replaced each minute of data time:
///
/// ```
/// java -cp 'BENCH/*' io.pallium.bench.ChurnMemory SERIES HOURS
/// ```
///
/// Scrapes are 15 s apart. Heap is measured after a full collection, less that before the first
/// write.
public final class ChurnMemory {
  private static final int SCRAPES_A_MINUTE = 4;
  private static final int REPORT_MINUTES = 30;

  private ChurnMemory() {}

  public static void main(String[] args) {
    int seriesCount = Integer.parseInt(args[0]);
    int minutes = Integer.parseInt(args[1]) * 60;
    ManualTimeSource time = new ManualTimeSource(1_800_000_000_000L);
    try (Database database = new Database(false, time)) {
      Scrapes scrapes = new Scrapes(seriesCount);
      long before = usedBytes();
      for (int minute = 0; minute <= minutes; minute++) {
        if (minute % REPORT_MINUTES == 0) {
          System.out.printf(
              Locale.ROOT,
              "%d min, %,d series until now: %,d MiB%n",
              minute,
              scrapes.total(),
              usedBytes() - before >> 20);
        }
        for (int scrape = 0; scrape < SCRAPES_A_MINUTE; scrape++) {
          scrapes.write(database.tsdb(), minute * SCRAPES_A_MINUTE + scrape, time.nowMs());
          time.advance(Duration.ofMillis(WriteRequests.INTERVAL_MS));
        }
        scrapes.replace(minute * (seriesCount / 10), seriesCount / 10);
        if (minute % 2 == 0) {
          database.tsdb().maintain();
        }
      }
    }
  }

  private static long usedBytes() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }
}
