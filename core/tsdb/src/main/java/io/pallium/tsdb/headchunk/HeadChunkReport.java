package io.pallium.tsdb.headchunk;

import java.util.List;
import java.util.Map;

/// What a start found in the files of head chunks.
///
/// @param files files read
/// @param chunks chunks whose checksums fit
/// @param bytes bytes of all files
/// @param damageCounts places where something was lost, by kind; kinds without one are left out
/// @param damage the first hundred of them
public record HeadChunkReport(
    int files, long chunks, long bytes, Map<DamageKind, Long> damageCounts, List<Damage> damage) {

  /// What happened to a part of a file.
  public enum DamageKind {
    /// The end of a file was never written whole.
    TORN_TAIL,
    /// Bytes that are no chunk.
    UNREADABLE,
    /// A chunk whose data does not match its checksum.
    BAD_CHUNK,
    /// A file whose header is damaged, or of a version that this release does not know.
    BAD_FILE
  }

  /// One place.
  ///
  /// @param file the file's name
  /// @param offset where in the file it starts
  /// @param bytes how many bytes are lost
  public record Damage(DamageKind kind, String file, long offset, long bytes) {}

  public HeadChunkReport {
    damageCounts = Map.copyOf(damageCounts);
    damage = List.copyOf(damage);
  }
}
