package io.pallium.tsdb.log;

import static io.pallium.tsdb.log.RecordedLog.sampleOf;
import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.base.clock.TimeSource;
import io.pallium.model.Labels;
import io.pallium.tsdb.file.LocalDurableFiles;
import io.pallium.tsdb.log.RecordedLog.Batch;
import io.pallium.tsdb.log.RecordedLog.Entry;
import io.pallium.tsdb.log.RecordedLog.Series;
import io.pallium.tsdb.log.RecordedLog.Tenant;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalWriteLogTest {
  private static final Tenant TENANT = new Tenant(1, 1, "anonymous");

  private final Path directory;

  LocalWriteLogTest(@TempDir Path directory) {
    this.directory = directory;
  }

  private static LogConfig config(long segmentBytes) {
    return new LogConfig(
        true, Duration.ofMillis(2), segmentBytes, 1 << 20, Duration.ofSeconds(5), 64, 0);
  }

  private WriteLog log(LogConfig config) {
    return new LocalWriteLog(
        new LocalDurableFiles(),
        directory.resolve("wal"),
        config,
        TimeSource.SYSTEM,
        new WriteLogMetrics(new PrometheusRegistry()),
        LogListener.NONE);
  }

  private static Batch batch(int i) {
    return new Batch(
        1,
        List.of(
            new Series(i, Labels.of("__name__", "up", "i", "" + i)),
            sampleOf(i, 1_000L * i, i + 0.5),
            sampleOf(i, 1_000L * i + 1, i)));
  }

  @Test
  void replaysWhatWasAppendedInOrderOverSegmentsAndRestarts() {
    List<Entry> expected = new ArrayList<>();
    LogRecordWriter writer = new LogRecordWriter();
    for (int round = 0; round < 3; round++) {
      RecordedLog seen = new RecordedLog();
      try (WriteLog log = log(config(4096))) {
        LogReplayReport report = log.replay(0, seen, LogReplayProgress.NONE);
        assertThat(report.damage()).isEmpty();
        assertThat(seen.entries).isEqualTo(expected);
        if (round == 0) {
          expected.add(TENANT);
          log.append(RecordedLog.encode(writer, TENANT)).join();
        }
        for (int i = 0; i < 200; i++) {
          Batch batch = batch(round * 1000 + i);
          expected.add(batch);
          LogAppend append = log.append(RecordedLog.encode(writer, batch));
          if (i % 50 == 0) {
            append.join();
            assertThat(log.durablePosition()).isGreaterThan(append.position());
          }
        }
      }
    }
    RecordedLog seen = new RecordedLog();
    try (WriteLog log = log(config(4096))) {
      log.replay(0, seen, LogReplayProgress.NONE);
    }
    assertThat(seen.entries).isEqualTo(expected);
    assertThat(seen.positions).isSorted().doesNotHaveDuplicates();
  }
}
