package io.pallium.tsdb.head;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.base.ErrorKind;
import io.pallium.base.LimitExceededException;
import io.pallium.base.clock.ManualTimeSource;
import io.pallium.base.config.DataSize;
import io.pallium.model.Labels;
import io.pallium.model.TenantId;
import io.pallium.model.WriteBatch;
import io.pallium.tsdb.file.SimulatedFiles;
import io.pallium.tsdb.headchunk.HeadChunkFiles;
import io.pallium.tsdb.headchunk.HeadChunkMetrics;
import io.pallium.tsdb.log.LocalWriteLog;
import io.pallium.tsdb.log.LogConfig;
import io.pallium.tsdb.log.LogListener;
import io.pallium.tsdb.log.LogReplayProgress;
import io.pallium.tsdb.log.WriteLog;
import io.pallium.tsdb.log.WriteLogMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A head that is full refuses what would make it larger: first new series, then all.
@Timeout(120)
class HeadMemoryTest {
  private static final TenantId TENANT = new TenantId("tenant-1");
  private static final long NOW_MS = 1_800_000_000_000L;
  private static final long MAX_BYTES = 32 << 20;

  private final ManualTimeSource time = new ManualTimeSource(NOW_MS);

  @Test
  void newSeriesAreRefusedFirstAndThenEverything() {
    try (WriteLog log = openLog();
        Head head = openHead(log)) {
      int known = 0;
      while (failureOf(head, series(known)) == null) {
        known++;
        assertThat(head.stats().memoryBytes()).isLessThan(2 * MAX_BYTES);
      }

      assertThat(failureOf(head, series(known)))
          .isInstanceOfSatisfying(
              LimitExceededException.class,
              e -> assertThat(e.kind()).isEqualTo(ErrorKind.UNAVAILABLE))
          .hasMessageContaining("new series")
          .hasMessageContaining("head.max_memory");
      assertThat(head.stats().series()).isEqualTo(500L * known);

      SplittableRandom random = new SplittableRandom(1);
      int taken = 0;
      while (taken < known && failureOf(head, samples(taken, random)) == null) {
        taken++;
      }

      assertThat(taken).isBetween(1, known - 1);
      assertThat(failureOf(head, samples(taken, random))).hasMessageContaining("for samples");
      assertThat(head.stats().memoryBytes()).isBetween(MAX_BYTES, 2 * MAX_BYTES);
    }
  }

  /// What a batch fails with, or null. Between two batches memory is added up again.
  private @Nullable Throwable failureOf(Head head, WriteBatch batch) {
    time.advance(Duration.ofSeconds(1));
    return head.write(batch).handle((_, failure) -> failure).join();
  }

  private static WriteBatch series(int number) {
    WriteBatch batch = new WriteBatch().reset(TENANT);
    for (int i = 0; i < 500; i++) {
      add(batch, number * 500 + i);
      batch.addSample(NOW_MS, 1);
    }
    return batch;
  }

  private static WriteBatch samples(int number, SplittableRandom random) {
    WriteBatch batch = new WriteBatch().reset(TENANT);
    for (int i = 0; i < 500; i++) {
      add(batch, number * 500 + i);
      for (int k = 1; k <= 50; k++) {
        batch.addSample(NOW_MS + k, random.nextLong());
      }
    }
    return batch;
  }

  private static void add(WriteBatch batch, int series) {
    byte[] labels = Labels.of("__name__", "up", "instance", "instance-" + series).bytes();
    batch.addSeries(WriteBatch.NO_REF, labels, 0, labels.length);
  }

  private WriteLog openLog() {
    return new LocalWriteLog(
        new SimulatedFiles(1),
        Path.of("wal"),
        new LogConfig(false, Duration.ZERO, 1 << 24, 1 << 24, Duration.ofSeconds(5), 100, 0),
        time,
        new WriteLogMetrics(new PrometheusRegistry()),
        LogListener.NONE);
  }

  private Head openHead(WriteLog log) {
    Head head =
        new Head(
            new HeadConfig(
                Duration.ofHours(2),
                Duration.ofHours(3),
                DataSize.ofBytes(MAX_BYTES),
                120,
                1 << 20,
                100,
                100,
                false),
            time,
            log,
            new HeadChunkFiles(
                new SimulatedFiles(2),
                Path.of("chunks"),
                1 << 20,
                new HeadChunkMetrics(new PrometheusRegistry())),
            _ -> HeadLimits.defaults(),
            _ -> Long.MIN_VALUE,
            new HeadMetrics(new PrometheusRegistry()));
    head.replay(LogReplayProgress.NONE);
    return head;
  }
}
