package io.pallium.tsdb.head;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.base.clock.ManualTimeSource;
import io.pallium.base.config.DataSize;
import io.pallium.model.Labels;
import io.pallium.model.MetricMetadata;
import io.pallium.model.MetricType;
import io.pallium.model.RejectReason;
import io.pallium.model.TenantId;
import io.pallium.model.WriteBatch;
import io.pallium.model.WriteResult;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Exemplars and metadata that are not kept are counted, and no refusal as long as the sender
/// cannot mend it.
@Timeout(60)
class HeadDiscardsTest {
  private static final TenantId TENANT = new TenantId("tenant-1");
  private static final Labels SERIES = Labels.of("__name__", "up");
  private static final long NOW_MS = 1_800_000_000_000L;

  @Test
  void anExemplarOlderThanTheNewestOfItsSeriesIsCounted() {
    assertThat(written(10, NOW_MS, NOW_MS - 1).rejected(RejectReason.EXEMPLAR_OUT_OF_ORDER))
        .isOne();
  }

  @Test
  void aRepeatedExemplarIsNotCounted() {
    WriteResult result = written(10, NOW_MS, NOW_MS);

    for (RejectReason reason : RejectReason.values()) {
      assertThat(result.rejected(reason)).as(reason.name()).isZero();
    }
  }

  @Test
  void exemplarsAreCountedWhereNoneAreKept() {
    assertThat(written(0, NOW_MS, NOW_MS + 1).rejected(RejectReason.EXEMPLARS_OFF)).isEqualTo(2);
  }

  @Test
  void exemplarsOfASeriesThatIsNotThereAreCounted() {
    try (WriteLog log = openLog();
        Head head = openHead(log, 10)) {
      WriteBatch batch = batchOfSeries();
      batch.addExemplar(NOW_MS, 1, Labels.of("trace_id", "a"));

      WriteResult result = head.write(batch).join();

      assertThat(result.rejected(RejectReason.EXEMPLAR_SERIES_MISSING)).isOne();
      assertThat(result.hasRejected()).isFalse();
    }
  }

  @Test
  void anExemplarFarAheadIsRefused() {
    try (WriteLog log = openLog();
        Head head = openHead(log, 10)) {
      WriteBatch batch = batchOfSeries();
      batch.addSample(NOW_MS, 1);
      batch.addExemplar(NOW_MS + 3_600_000, 1, Labels.of("trace_id", "a"));

      WriteResult result = head.write(batch).join();

      assertThat(result.firstReason()).isEqualTo(RejectReason.EXEMPLAR_TIMESTAMP_INVALID);
      assertThat(result.firstRejection()).contains("creation_grace_period");
      assertThat(result.storedSamples()).isOne();
    }
  }

  @Test
  void metadataForWhichThereIsNoRoomIsCounted() {
    try (WriteLog log = openLog();
        Head head = openHead(log, 10)) {
      WriteBatch batch = new WriteBatch().reset(TENANT);
      for (int i = 0; i < 13; i++) {
        batch.addMetadata(new MetricMetadata("m" + i, MetricType.GAUGE, "", ""));
      }

      WriteResult result = head.write(batch).join();

      assertThat(result.rejected(RejectReason.METADATA_LIMIT)).isEqualTo(3);
      assertThat(result.hasRejected()).isFalse();
    }
  }

  /// Writes a series with two exemplars at these times.
  private static WriteResult written(int maxExemplars, long firstMs, long secondMs) {
    try (WriteLog log = openLog();
        Head head = openHead(log, maxExemplars)) {
      WriteBatch batch = batchOfSeries();
      batch.addSample(NOW_MS, 1);
      batch.addExemplar(firstMs, 1, Labels.of("trace_id", "a"));
      batch.addExemplar(secondMs, 1, Labels.of("trace_id", "a"));

      WriteResult result = head.write(batch).join();

      assertThat(result.hasRejected()).isFalse();
      assertThat(result.storedSamples()).isOne();
      return result;
    }
  }

  private static WriteBatch batchOfSeries() {
    WriteBatch batch = new WriteBatch().reset(TENANT);
    batch.addSeries(WriteBatch.NO_REF, SERIES.bytes(), 0, SERIES.bytes().length);
    return batch;
  }

  private static WriteLog openLog() {
    return new LocalWriteLog(
        new SimulatedFiles(1),
        Path.of("wal"),
        new LogConfig(true, Duration.ZERO, 1 << 20, 1 << 20, Duration.ofSeconds(5), 100, 0),
        new ManualTimeSource(NOW_MS),
        new WriteLogMetrics(new PrometheusRegistry()),
        LogListener.NONE);
  }

  private static Head openHead(WriteLog log, int maxExemplars) {
    Head head =
        new Head(
            new HeadConfig(
                Duration.ofHours(2),
                Duration.ofHours(3),
                DataSize.ofBytes(0),
                120,
                1 << 20,
                maxExemplars,
                10,
                false),
            new ManualTimeSource(NOW_MS),
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
