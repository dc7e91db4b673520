package io.pallium.tsdb.block;

import io.pallium.base.CorruptDataException;
import io.pallium.tsdb.deletion.TimeSpans;
import io.pallium.tsdb.file.DurableFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The spans of time that were deleted from the series of a block and are still in its files.
/// Immutable. Source: docs/formats/block.md.
final class Tombstones {
  static final Tombstones NONE = new Tombstones(Map.of());

  /// An entry of the map with its objects.
  private static final int SERIES_BYTES = 120;

  private final Map<Long, TimeSpans> spans;

  private Tombstones(Map<Long, TimeSpans> spans) {
    this.spans = spans;
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
    Builder found = new Builder(NONE);
    while (cursor.hasMore()) {
      long reference = cursor.uvarint();
      long minMs = cursor.svarint();
      long maxMs = cursor.svarint();
      if (minMs > maxMs) {
        throw cursor.corrupt("a span from " + minMs + " to " + maxMs);
      }
      found.add(reference, minMs, maxMs);
    }
    return found.build();
  }

  /// Writes a file of its own, and forces it.
  void write(DurableFiles files, Path path) throws IOException {
    try (BlockOutput out = new BlockOutput(files, path)) {
      out.be32(BlockLayout.TOMBSTONES_MAGIC);
      out.octet(BlockLayout.TOMBSTONES_VERSION);
      out.beginChecksum();
      for (Map.Entry<Long, TimeSpans> series : spans.entrySet()) {
        TimeSpans deleted = series.getValue();
        for (int i = 0; i < deleted.count(); i++) {
          out.uvarint(series.getKey());
          out.svarint(deleted.minMs(i));
          out.svarint(deleted.maxMs(i));
        }
      }
      out.endChecksum();
      out.force();
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Tombstones tombstones && spans.equals(tombstones.spans);
  }

  @Override
  public int hashCode() {
    return spans.hashCode();
  }

  boolean isEmpty() {
    return spans.isEmpty();
  }

  /// What either of them says.
  Tombstones with(Tombstones other) {
    Builder both = new Builder(this);
    other.spans.forEach(
        (reference, deleted) -> {
          for (int i = 0; i < deleted.count(); i++) {
            both.add(reference, deleted.minMs(i), deleted.maxMs(i));
          }
        });
    return both.build();
  }

  /// About what they take on the heap.
  long heapBytes() {
    long bytes = 0;
    for (TimeSpans each : spans.values()) {
      bytes += SERIES_BYTES + 16L * each.count();
    }
    return bytes;
  }

  /// What was deleted from a series; null if nothing was.
  @Nullable TimeSpans of(int reference) {
    return spans.get((long) reference);
  }

  /// Tombstones with more spans. Confined to one thread.
  static final class Builder {
    private final TreeMap<Long, TimeSpans> spans;

    Builder(Tombstones from) {
      this.spans = new TreeMap<>(from.spans);
    }

    /// @param reference of a series in the index
    void add(long reference, long minMs, long maxMs) {
      spans.merge(
          reference, TimeSpans.NONE.with(minMs, maxMs), (present, _) -> present.with(minMs, maxMs));
    }

    Tombstones build() {
      return spans.isEmpty() ? NONE : new Tombstones(spans);
    }
  }
}
