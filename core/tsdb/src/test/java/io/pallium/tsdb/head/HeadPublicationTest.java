package io.pallium.tsdb.head;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.base.clock.ManualTimeSource;
import io.pallium.model.Labels;
import io.pallium.model.TenantId;
import io.pallium.model.WriteBatch;
import io.pallium.tsdb.file.LocalDurableFiles;
import io.pallium.tsdb.headchunk.HeadChunkFiles;
import io.pallium.tsdb.headchunk.HeadChunkMetrics;
import io.pallium.tsdb.log.LocalWriteLog;
import io.pallium.tsdb.log.LogConfig;
import io.pallium.tsdb.log.WriteLogMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A series gets into the index after its first sample is in place and the locks of the stripes are
/// released: whoever waits for batches waits for that too.
class HeadPublicationTest {
  private static final TenantId TENANT = new TenantId("tenant-1");
  private static final Labels SERIES = Labels.of("__name__", "up", "instance", "a");
  private static final long NOW_MS = 1_800_000_000_000L;

  @TempDir Path directory;

  @Test
  @Timeout(60)
  @SuppressWarnings("LockNotBeforeTry") // Locks hold threads where they are.
  void cutHasSeriesThatWereBeingPublishedWhenItsRangeWasClosed() throws Exception {
    PrometheusRegistry registry = new PrometheusRegistry();
    ManualTimeSource time = new ManualTimeSource(NOW_MS);
    try (LocalWriteLog log =
        new LocalWriteLog(
            new LocalDurableFiles(),
            directory,
            LogConfig.defaults(),
            time,
            new WriteLogMetrics(registry),
            (count, tenants) -> {})) {
      Head head =
          new Head(
              HeadConfig.defaults(),
              time,
              log,
              new HeadChunkFiles(
                  new LocalDurableFiles(),
                  directory.resolve("chunks"),
                  1 << 20,
                  new HeadChunkMetrics(registry)),
              tenant -> HeadLimits.defaults(),
              tenant -> Long.MIN_VALUE,
              new HeadMetrics(registry));
      head.replay((filesDone, filesTotal, bytesDone, bytesTotal) -> {});
      Stripe stripe = head.stripe(0);

      // The writer is held between its samples' being in place and their series' publication.
      stripe.lock.lock();
      Thread writer = Thread.ofPlatform().start(() -> head.write(batch()).join());
      await(stripe.lock::hasQueuedThreads);
      TenantHead tenant = Objects.requireNonNull(head.tenant(TENANT));
      tenant.index().lock().readLock().lock();
      stripe.lock.unlock();
      await(tenant.index().lock()::hasQueuedThreads);
      Thread closer = Thread.ofPlatform().start(() -> head.closeRange(tenant, NOW_MS + 1));
      await(() -> !closer.isAlive() || closer.getState() == Thread.State.WAITING);
      if (closer.isAlive()) {
        tenant.index().lock().readLock().unlock();
        closer.join();
      }
      List<Labels> cut = series(head.cut(tenant, Long.MIN_VALUE, NOW_MS + 1));
      if (tenant.index().lock().getReadHoldCount() > 0) {
        tenant.index().lock().readLock().unlock();
      }
      writer.join();

      assertThat(cut).containsExactly(SERIES);
    }
  }

  private static WriteBatch batch() {
    WriteBatch batch = new WriteBatch().reset(TENANT);
    byte[] labels = SERIES.bytes();
    batch.addSeries(WriteBatch.NO_REF, labels, 0, labels.length);
    batch.addSample(NOW_MS, Double.doubleToRawLongBits(1));
    return batch;
  }

  private static List<Labels> series(HeadCut cut) throws IOException {
    List<Labels> found = new ArrayList<>();
    cut.writeTo(
        new HeadCut.Sink() {
          @Override
          public void series(Labels labels) {
            found.add(labels);
          }

          @Override
          public void chunk(
              int encoding, long minMs, long maxMs, byte[] source, int offset, int lengthBytes) {}
        });
    return found;
  }

  private static void await(BooleanSupplier condition) {
    while (!condition.getAsBoolean()) {
      Thread.onSpinWait();
    }
  }
}
