package io.pallium.tsdb.block;

import io.pallium.base.CorruptDataException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The spans of time that were deleted from the series of a block. Ours has none; one of Prometheus
/// may have some. Immutable. Source: docs/formats/block.md.
final class Tombstones {
  static final Tombstones NONE = new Tombstones(Map.of());

  /// By reference of a series: first and last time deleted, in turn.
  private final Map<Long, long[]> intervals;

  private Tombstones(Map<Long, long[]> intervals) {
    this.intervals = intervals;
  }

  static Tombstones read(ByteSource source) {
    ByteCursor cursor = new ByteCursor(source);
    long end = source.lengthBytes() - BlockLayout.CRC_BYTES;
    if (end < BlockLayout.TOMBSTONES_HEADER_BYTES
        || cursor.be32() != BlockLayout.TOMBSTONES_MAGIC
        || cursor.octet() != BlockLayout.TOMBSTONES_VERSION) {
      throw new CorruptDataException(source.name() + " does not begin as tombstones of version 1");
    }
    long start = BlockLayout.TOMBSTONES_HEADER_BYTES;
    cursor.verify(start, end, "tombstones");
    cursor.range(start, end);
    Map<Long, long[]> found = new HashMap<>();
    while (cursor.hasMore()) {
      long reference = cursor.uvarint();
      long[] before = found.getOrDefault(reference, new long[0]);
      long[] more = Arrays.copyOf(before, before.length + 2);
      more[before.length] = cursor.svarint();
      more[before.length + 1] = cursor.svarint();
      found.put(reference, more);
    }
    return found.isEmpty() ? NONE : new Tombstones(found);
  }

  /// First and last time deleted from a series, in turn; null if nothing was.
  long @Nullable [] of(int reference) {
    return intervals.get((long) reference);
  }

  static boolean isDeleted(long[] intervals, long timestampMs) {
    for (int i = 0; i < intervals.length; i += 2) {
      if (timestampMs >= intervals[i] && timestampMs <= intervals[i + 1]) {
        return true;
      }
    }
    return false;
  }
}
