package io.pallium.bench;

import io.pallium.base.clock.TimeSource;
import io.pallium.base.config.DataSize;
import io.pallium.model.Labels;
import io.pallium.model.TenantId;
import io.pallium.model.WriteBatch;
import io.pallium.model.WriteResult;
import io.pallium.tsdb.Tsdb;
import io.pallium.tsdb.TsdbConfig;
import io.pallium.tsdb.TsdbLimits;
import io.pallium.tsdb.compact.CompactionConfig;
import io.pallium.tsdb.file.LocalDurableFiles;
import io.pallium.tsdb.head.HeadConfig;
import io.pallium.tsdb.log.LogConfig;
import io.pallium.tsdb.log.LogReplayProgress;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.stream.Stream;

/// A database in a temporary directory, removed at the end.
public final class Database implements AutoCloseable {
  public static final TenantId TENANT = new TenantId("bench");

  private final Path directory;
  private final Tsdb tsdb;

  /// @param isForced whether records are forced to the disk before they are acknowledged
  public Database(boolean isForced) {
    this(isForced, TimeSource.SYSTEM);
  }

  /// @param isForced whether records are forced to the disk before they are acknowledged
  Database(boolean isForced, TimeSource time) {
    try {
      directory = Files.createTempDirectory("pallium-bench");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    tsdb =
        Tsdb.open(
            new TsdbConfig(
                directory,
                HeadConfig.defaults(),
                log(isForced),
                compaction(),
                Duration.ofHours(1),
                Duration.ZERO),
            new LocalDurableFiles(),
            time,
            TsdbLimits.DEFAULTS,
            new PrometheusRegistry(),
            LogReplayProgress.NONE);
  }

  public Tsdb tsdb() {
    return tsdb;
  }

  /// Makes series known, with one sample each.
  ///
  /// @return the series' refs
  public long[] create(int seriesCount, long timestampMs) {
    WriteBatch batch = new WriteBatch().reset(TENANT);
    for (int i = 0; i < seriesCount; i++) {
      byte[] labels = Labels.of(WriteRequests.labels(i)).bytes();
      batch.addSeries(WriteBatch.NO_REF, labels, 0, labels.length);
      batch.addSample(timestampMs, Double.doubleToRawLongBits(i));
    }
    WriteResult result = tsdb.write(batch).join();
    long[] refs = new long[seriesCount];
    for (int i = 0; i < seriesCount; i++) {
      refs[i] = result.ref(i);
    }
    return refs;
  }

  @Override
  public void close() {
    tsdb.close();
    try (Stream<Path> paths = Files.walk(directory)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// When asked only, and at full speed: the clock may stand still meanwhile.
  private static CompactionConfig compaction() {
    CompactionConfig defaults = CompactionConfig.defaults();
    return new CompactionConfig(
        true,
        Duration.ZERO,
        defaults.ranges(),
        defaults.shards(),
        DataSize.ofBytes(0),
        defaults.tombstoneDelay());
  }

  static LogConfig log(boolean isForced) {
    LogConfig defaults = LogConfig.defaults();
    return new LogConfig(
        isForced,
        defaults.groupWindow(),
        defaults.segmentBytes(),
        defaults.bufferBytes(),
        defaults.reserveTimeout(),
        defaults.maxSegments(),
        0);
  }
}
