package io.pallium.tsdb;

import io.pallium.tsdb.compact.CompactionConfig;
import io.pallium.tsdb.head.HeadConfig;
import io.pallium.tsdb.log.LogConfig;
import java.nio.file.Path;
import java.time.Duration;

/// How a directory of time series works.
///
/// @param directory where log and blocks lie
/// @param head how samples are kept in memory
/// @param log how they are made durable
/// @param compaction how blocks become fewer and larger
/// @param idleCut the time without a write after which all of a tenant's samples are cut into
///   blocks
/// @param maintenanceInterval how often is looked for what to cut and to free; zero: only when
///   asked
/// @param store where blocks are copied to and read from
public record TsdbConfig(
    Path directory,
    HeadConfig head,
    LogConfig log,
    CompactionConfig compaction,
    Duration idleCut,
    Duration maintenanceInterval,
    LongTermStore store) {

  public TsdbConfig {
    if (idleCut.isNegative() || idleCut.isZero()) {
      throw new IllegalArgumentException("idle cut is " + idleCut + ", it must be positive");
    }
    if (maintenanceInterval.isNegative()) {
      throw new IllegalArgumentException(
          "maintenance interval is negative: " + maintenanceInterval);
    }
  }

  /// Without a store.
  public TsdbConfig(
      Path directory,
      HeadConfig head,
      LogConfig log,
      CompactionConfig compaction,
      Duration idleCut,
      Duration maintenanceInterval) {
    this(directory, head, log, compaction, idleCut, maintenanceInterval, LongTermStore.NONE);
  }

  /// With idle cuts after an hour and a look every 15 seconds; without a store.
  public TsdbConfig(Path directory, HeadConfig head, LogConfig log, CompactionConfig compaction) {
    this(directory, head, log, compaction, Duration.ofHours(1), Duration.ofSeconds(15));
  }

  /// The same, with a store.
  public TsdbConfig withStore(LongTermStore other) {
    return new TsdbConfig(directory, head, log, compaction, idleCut, maintenanceInterval, other);
  }

  /// The defaults, below a directory.
  public static TsdbConfig defaults(Path directory) {
    return new TsdbConfig(
        directory, HeadConfig.defaults(), LogConfig.defaults(), CompactionConfig.defaults());
  }
}
