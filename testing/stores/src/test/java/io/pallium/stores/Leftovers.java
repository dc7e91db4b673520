package io.pallium.stores;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.base.clock.TimeSource;
import io.pallium.objectstore.ObjectStore;
import io.pallium.objectstore.Retries;
import io.pallium.objectstore.RetryConfig;
import io.pallium.objectstore.row.Collector;
import io.pallium.objectstore.row.RowStore;
import io.pallium.objectstore.row.SegmentedConfig;
import io.pallium.objectstore.row.SegmentedObjectStore;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/// What writers leave behind in a store of rows.
final class Leftovers {
  private static final int UPLOAD_PARTITIONS = 256;
  private static final int THREADS = 8;
  private static final int MAX_RUNS = 10;

  private Leftovers() {}

  /// Collects without any grace, since nobody writes now. As many uploads stay as there are
  /// objects.
  static void sweep(RowStore rows, SegmentedConfig config, ObjectStore store) {
    SegmentedConfig hasty =
        new SegmentedConfig(config.segmentSize(), config.concurrency(), Duration.ofNanos(1));
    try (SegmentedObjectStore segmented =
        new SegmentedObjectStore(
            rows, hasty, new Retries(RetryConfig.defaults()), TimeSource.SYSTEM)) {
      Collector collector = segmented.collector();
      // What goes is seen first, and rows that say deleted after what they were.
      int unused = collector.run();
      for (int run = 0; collector.run() > 0; run++) {
        assertThat(run).as("runs in which something is still removed").isLessThan(MAX_RUNS);
      }
      AtomicInteger uploads = new AtomicInteger();
      Parallel.run(
          THREADS,
          thread -> {
            for (int i = thread; i < UPLOAD_PARTITIONS; i += THREADS) {
              uploads.addAndGet(rows.scan("#uploads/%02x".formatted(i), "", 1000).size());
            }
          });
      AtomicInteger objects = new AtomicInteger();
      store.objects("").forEach(_ -> objects.incrementAndGet());
      assertThat(uploads).as("uploads, of as many objects").hasValue(objects.get());
    }
  }
}
