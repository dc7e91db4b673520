package io.pallium.tsdb.compact;

import io.pallium.base.config.DataSize;
import io.pallium.base.config.Doc;
import java.time.Duration;
import java.util.List;

/// How blocks become fewer and larger.
///
/// @param enabled whether blocks are compacted in the background; retention holds without it too
/// @param interval how often is looked for what to do; zero: only when asked
/// @param ranges the spans of time that blocks grow to, ascending
/// @param shards into how many blocks, by hash of series, each result is divided
/// @param maxWriteRate bytes that are written per second at the most; zero: no limit
/// @param tombstoneDelay how long deleted samples stay in blocks, at the least, so that many
///   deletions are one rewriting
public record CompactionConfig(
    @Doc("Whether blocks are compacted in the background; retention holds without it too.")
        boolean enabled,
    @Doc("How often is looked for blocks to compact or to remove.") Duration interval,
    @Doc("The spans of time that blocks grow to, in ascending order.") List<Duration> ranges,
    @Doc("Into how many blocks, by the hash of series, each compacted block is divided.")
        int shards,
    @Doc("Bytes that compaction writes per second at the most; 0 for no limit.")
        DataSize maxWriteRate,
    @Doc("How long deleted samples stay in blocks before these are rewritten without them.")
        Duration tombstoneDelay) {

  private static final int MAX_SHARDS = 128;

  public CompactionConfig {
    ranges = List.copyOf(ranges);
    if (interval.isNegative() || tombstoneDelay.isNegative()) {
      throw new IllegalArgumentException(
          "interval is "
              + interval
              + " and tombstone_delay "
              + tombstoneDelay
              + ", the least is 0s");
    }
    if (ranges.isEmpty()) {
      throw new IllegalArgumentException("ranges is empty, it needs one at least");
    }
    Duration before = Duration.ZERO;
    for (Duration range : ranges) {
      if (range.compareTo(before) <= 0) {
        throw new IllegalArgumentException(
            "ranges are " + ranges + ", they must be positive and ascending");
      }
      before = range;
    }
    if (shards < 1 || shards > MAX_SHARDS) {
      throw new IllegalArgumentException("shards is " + shards + ", allowed is 1 to " + MAX_SHARDS);
    }
  }

  /// Up to a day, one block each, 64 MiB a second.
  public static CompactionConfig defaults() {
    return new CompactionConfig(
        true,
        Duration.ofMinutes(1),
        List.of(Duration.ofHours(2), Duration.ofHours(12), Duration.ofHours(24)),
        1,
        DataSize.ofMebibytes(64),
        Duration.ofHours(1));
  }

  /// The same with another interval.
  public CompactionConfig withInterval(Duration other) {
    return new CompactionConfig(enabled, other, ranges, shards, maxWriteRate, tombstoneDelay);
  }
}
