package io.pallium.tsdb.log;

import java.util.List;

/// What a replay found.
///
/// @param segments segments read
/// @param records records handed to the visitor
/// @param samples float and histogram samples among them
/// @param bytes bytes of all files read
/// @param endPosition where the log goes on
/// @param maxSeriesRef the highest series ref that the log knows of: new ones must be higher
/// @param maxTenantNumber the highest tenant number that the log knows of
/// @param damageCount places where something was lost, the torn tail included
/// @param damage the first hundred of them
public record LogReplayReport(
    int segments,
    long records,
    long samples,
    long bytes,
    long endPosition,
    long maxSeriesRef,
    long maxTenantNumber,
    long damageCount,
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
    /// A file without a readable header, or one that cannot be read.
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
    damage = List.copyOf(damage);
  }
}
