package io.pallium.tsdb.block;

import io.pallium.base.CorruptDataException;
import org.jspecify.annotations.Nullable;

/// A block that could not be opened. It stays where it is, and so does the hole in what can be
/// answered: a query of its time is refused. Immutable.
///
/// @param meta null if that is what is damaged
/// @param cause names the file
record DamagedBlock(String ulid, @Nullable BlockMeta meta, CorruptDataException cause) {
  boolean overlaps(long minMs, long maxMs) {
    return meta == null ? minMs < endMs() : meta.overlaps(minMs, maxMs);
  }

  /// The time after the last sample that can be in it: a block holds nothing that was written after
  /// it was named.
  long endMs() {
    return meta == null ? Ulid.timestampMs(ulid) : meta.maxTimeMs();
  }

  CorruptDataException refusal() {
    return new CorruptDataException(
        "block " + ulid + " is damaged, and queries of its time are refused: " + cause.getMessage(),
        cause);
  }
}
