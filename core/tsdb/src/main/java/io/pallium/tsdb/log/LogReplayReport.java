package io.pallium.tsdb.log;

import java.util.List;
import java.util.Map;

/// What a replay found.
///
/// @param segments segments read
/// @param records records handed to the visitor
/// @param samples float and histogram samples among them
/// @param bytes bytes of all files read
/// @param endPosition where the log goes on
/// @param maxSeriesRef the highest series ref that the log knows of: new ones must be higher
/// @param maxTenantNumber the highest tenant number that the log knows of
/// @param damageCounts places where something was lost, the torn tail included, by kind; kinds
///   without one are left out
/// @param damage the first hundred of them
public record LogReplayReport(
    int segments,
    long records,
    long samples,
    long bytes,
    long endPosition,
    long maxSeriesRef,
    long maxTenantNumber,
    Map<DamageKind, Long> damageCounts,
    List<Damage> damage) {

  /// What happened to a part of a file.
  public enum DamageKind {
    /// The end of the last segment was never written whole; nothing that was acknowledged.
    TORN_TAIL,
    /// Bytes that are no record.
    UNREADABLE,
    /// A record whose content does not match its checksum, or does not decode.
    BAD_RECORD,
    /// A record of a version, type or compression that this release does not know.
    UNSUPPORTED,
    /// A file whose header is damaged in both copies.
    BAD_FILE,
    /// A segment that should be there and is not.
    MISSING_FILE
  }

  /// One place.
  ///
  /// @param file the file's name
  /// @param offset where in the file it starts
  /// @param bytes how many bytes are lost
  public record Damage(DamageKind kind, String file, long offset, long bytes) {}

  public LogReplayReport {
    damageCounts = Map.copyOf(damageCounts);
    damage = List.copyOf(damage);
  }

  /// All places where something was lost.
  public long damageCount() {
    return damageCounts.values().stream().mapToLong(Long::longValue).sum();
  }
}
