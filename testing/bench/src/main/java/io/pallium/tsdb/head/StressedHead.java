package io.pallium.tsdb.head;

import io.pallium.base.clock.TimeSource;
import io.pallium.base.config.DataSize;
import io.pallium.model.LabelMatcher;
import io.pallium.model.Labels;
import io.pallium.model.TenantId;
import io.pallium.model.WriteBatch;
import io.pallium.storage.Querier;
import io.pallium.storage.QueryControl;
import io.pallium.storage.SampleColumn;
import io.pallium.storage.SampleCursor;
import io.pallium.storage.SelectHints;
import io.pallium.storage.SeriesSet;
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
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/// One head for all states of a stress test: each state has a series and a second of its own. Cuts
/// go as those of the database do, but write no block.
final class StressedHead {
  /// What a read says of a time that was cut.
  static final int CUT = -1;

  /// What a read says that is no prefix of what was written.
  static final int WRONG = -2;

  private static final long RANGE_MS = 1_000;
  private static final int CHUNK_SAMPLES = 2;
  private static final int KEPT_RANGES = 1 << 14;
  private static final TenantId TENANT = new TenantId("stressed");

  private final WriteLog log;
  private final Head head;
  private final AtomicLong nextRange = new AtomicLong(1_700_000_000L);
  private final ReentrantLock cutting = new ReentrantLock();
  private final Queue<Runnable> due = new ConcurrentLinkedQueue<>();
  private volatile long endMs = Long.MIN_VALUE;

  StressedHead() {
    SimulatedFiles files = new SimulatedFiles(1);
    PrometheusRegistry registry = new PrometheusRegistry();
    LogConfig defaults = LogConfig.defaults();
    log =
        new LocalWriteLog(
            files,
            Path.of("wal"),
            new LogConfig(
                false,
                Duration.ZERO,
                1 << 20,
                defaults.bufferBytes(),
                defaults.reserveTimeout(),
                defaults.maxSegments(),
                0),
            TimeSource.SYSTEM,
            new WriteLogMetrics(registry),
            LogListener.NONE);
    head =
        new Head(
            new HeadConfig(
                Duration.ofMillis(RANGE_MS),
                Duration.ofDays(10_000),
                DataSize.ofBytes(0),
                CHUNK_SAMPLES,
                1 << 16,
                0,
                0,
                false),
            TimeSource.SYSTEM,
            log,
            new HeadChunkFiles(files, Path.of("chunks"), 1 << 16, new HeadChunkMetrics(registry)),
            _ -> HeadLimits.defaults(),
            _ -> Long.MIN_VALUE,
            new HeadMetrics(registry));
    head.replay(LogReplayProgress.NONE);
  }

  /// Begins a series of its own, and lets go of old ones.
  ///
  /// @return the time of its first sample
  long newSeries() {
    long range = nextRange.getAndIncrement();
    if (range % KEPT_RANGES == 0) {
      cut((range - KEPT_RANGES) * RANGE_MS);
      long appliedPosition = log.endPosition();
      head.awaitBatches();
      log.truncate(appliedPosition, _ -> endMs, head.checkpoint());
    }
    return range * RANGE_MS;
  }

  /// Writes the sample of a series at a place of its second; its value is the place.
  void write(long startMs, int place) {
    WriteBatch batch = new WriteBatch().reset(TENANT);
    byte[] labels = labels(startMs).bytes();
    batch.addSeries(WriteBatch.NO_REF, labels, 0, labels.length);
    batch.addSample(startMs + place, Double.doubleToRawLongBits(place));
    var unused = head.write(batch);
  }

  private static Labels labels(long startMs) {
    return Labels.of("__name__", "s", "of", Long.toString(startMs));
  }

  /// Reads a series as the database does.
  ///
  /// @return the number of its samples, [#CUT] or [#WRONG]
  int read(long startMs) {
    TenantHead tenant = head.tenant(TENANT);
    if (tenant == null) {
      return 0;
    }
    ReadEpochs.Epoch epoch = tenant.epochs().enter();
    try {
      if (startMs < endMs) {
        return CUT;
      }
      return read(tenant, startMs);
    } finally {
      tenant.epochs().leave(epoch);
    }
  }

  private int read(TenantHead tenant, long startMs) {
    long lastMs = startMs + RANGE_MS - 1;
    QueryControl control = QueryControl.unlimited();
    LabelMatcher matcher = LabelMatcher.of(LabelMatcher.Type.EQUAL, "of", Long.toString(startMs));
    try (Querier querier = head.querier(tenant, startMs, lastMs, control)) {
      SeriesSet series = querier.select(SelectHints.sorted(startMs, lastMs), List.of(matcher));
      if (!series.next()) {
        return 0;
      }
      if (!series.labels().equals(labels(startMs))) {
        return WRONG;
      }
      int count = countPrefix(series.samples(), startMs, control);
      return series.next() ? WRONG : count;
    }
  }

  private static int countPrefix(SampleCursor samples, long startMs, QueryControl control) {
    SampleColumn column = new SampleColumn(control);
    while (samples.nextRun(column)) {}
    for (int i = 0; i < column.size(); i++) {
      if (column.timestampsMs()[i] != startMs + i || column.values()[i] != i) {
        return WRONG;
      }
    }
    return column.size();
  }

  /// Cuts the second that begins at a time, and all before.
  void cut(long startMs) {
    long newEndMs = startMs + RANGE_MS;
    TenantHead tenant = head.tenant(TENANT);
    cutting.lock();
    try {
      runDue();
      if (tenant == null || newEndMs <= endMs) {
        return;
      }
      head.closeRange(tenant, newEndMs);
      endMs = newEndMs;
      tenant.epochs().advance(() -> due.add(() -> drop(tenant, newEndMs)));
      runDue();
      head.removeUnusedFiles();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      cutting.unlock();
    }
  }

  private void drop(TenantHead tenant, long newEndMs) {
    head.drop(tenant, newEndMs, free -> tenant.epochs().advance(() -> due.add(free)));
  }

  private void runDue() {
    for (Runnable next = due.poll(); next != null; next = due.poll()) {
      next.run();
    }
  }
}
