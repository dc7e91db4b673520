package io.pallium.tsdb.log;

import io.pallium.base.clock.TimeSource;
import io.pallium.model.Labels;
import io.pallium.tsdb.file.SimulatedFiles;
import io.pallium.tsdb.log.RecordedLog.Batch;
import io.pallium.tsdb.log.RecordedLog.Entry;
import io.pallium.tsdb.log.RecordedLog.Series;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// A write log on simulated files with small segments.
final class SimulatedLog {
  static final Path DIRECTORY = Path.of("data", "wal");
  static final int SEGMENT_BYTES = 4096;

  private SimulatedLog() {}

  static LogConfig config() {
    return config(Duration.ofMillis(2), 1 << 20, Duration.ofSeconds(5));
  }

  static LogConfig config(Duration window, long bufferBytes, Duration reserveTimeout) {
    return new LogConfig(true, window, SEGMENT_BYTES, bufferBytes, reserveTimeout, 4, 1000);
  }

  static WriteLog create(SimulatedFiles files, LogConfig config) {
    return create(files, config, TimeSource.SYSTEM, LogListener.NONE);
  }

  static WriteLog create(SimulatedFiles files, LogConfig config, PrometheusRegistry registry) {
    return new LocalWriteLog(
        files,
        DIRECTORY,
        config,
        TimeSource.SYSTEM,
        new WriteLogMetrics(registry),
        LogListener.NONE);
  }

  static WriteLog create(
      SimulatedFiles files, LogConfig config, TimeSource time, LogListener listener) {
    return new LocalWriteLog(
        files, DIRECTORY, config, time, new WriteLogMetrics(new PrometheusRegistry()), listener);
  }

  /// Creates and opens; whatever is replayed is dropped.
  static WriteLog open(SimulatedFiles files) {
    return open(files, config());
  }

  static WriteLog open(SimulatedFiles files, LogConfig config) {
    WriteLog log = create(files, config);
    log.replay(0, new RecordedLog(), LogReplayProgress.NONE);
    return log;
  }

  /// Reads the log and closes it again.
  static LogReplayReport replay(SimulatedFiles files, LogVisitor visitor) {
    try (WriteLog log = create(files, config())) {
      return log.replay(0, visitor, LogReplayProgress.NONE);
    }
  }

  static LogAppend append(WriteLog log, Entry entry) {
    return log.append(RecordedLog.encode(new LogRecordWriter(), entry));
  }

  /// A batch of one sample of a new series, about 330 bytes.
  static Batch batch(long tenant, long ref, long timestampMs) {
    return new Batch(
        tenant,
        List.of(
            new Series(ref, Labels.of("ref", "" + ref, "pad", "x".repeat(280))),
            RecordedLog.sampleOf(ref, timestampMs, ref + 0.5)));
  }
}
