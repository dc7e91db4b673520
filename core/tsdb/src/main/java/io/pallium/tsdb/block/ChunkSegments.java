package io.pallium.tsdb.block;

import io.pallium.base.CorruptDataException;
import io.pallium.tsdb.file.DurableFiles;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// The chunk files of a block, mapped. Immutable and thread-safe; readers bring their own [Access].
/// Source: docs/formats/block.md.
final class ChunkSegments {
  private final List<MemorySegment> segments;
  private final List<Path> files;
  private final boolean isVerifying;

  private ChunkSegments(List<MemorySegment> segments, List<Path> files, boolean isVerifying) {
    this.segments = segments;
    this.files = files;
    this.isVerifying = isVerifying;
  }

  static ChunkSegments open(DurableFiles files, Path directory, Arena arena, boolean isVerifying)
      throws IOException {
    List<String> names = files.list(directory);
    List<MemorySegment> segments = new ArrayList<>();
    List<Path> paths = new ArrayList<>();
    for (String name : names) {
      if (!name.equals(BlockLayout.segmentName(segments.size()))) {
        throw new CorruptDataException(
            directory
                + " has "
                + name
                + " where "
                + BlockLayout.segmentName(segments.size())
                + " is expected");
      }
      Path path = directory.resolve(name);
      MemorySegment segment = files.map(path, arena);
      ByteCursor cursor = new ByteCursor(segment, path);
      if (segment.byteSize() < BlockLayout.CHUNKS_HEADER_BYTES
          || cursor.be32() != (BlockLayout.CHUNKS_MAGIC & 0xffff_ffffL)
          || cursor.octet() != BlockLayout.CHUNKS_VERSION) {
        throw new CorruptDataException(path + " does not begin as chunks of version 1");
      }
      segments.add(segment);
      paths.add(path);
    }
    return new ChunkSegments(segments, paths, isVerifying);
  }

  long lengthBytes() {
    long sum = 0;
    for (MemorySegment segment : segments) {
      sum += segment.byteSize();
    }
    return sum;
  }

  Access access() {
    return new Access();
  }

  /// Reads chunks into a buffer of its own. Confined to one thread.
  final class Access {
    private final CRC32C crc = new CRC32C();
    private byte[] buffer = new byte[512];
    private int lengthBytes;
    private long place;

    /// Reads the chunk at a place: number of the segment in the upper half, offset in the lower.
    void read(long newPlace) {
      place = newPlace;
      long number = newPlace >>> 32;
      long offset = newPlace & 0xffff_ffffL;
      if (number >= segments.size()) {
        throw new CorruptDataException(
            "a chunk in file " + (number + 1) + " of " + segments.size() + " of " + files);
      }
      ByteCursor cursor = new ByteCursor(segments.get((int) number), files.get((int) number));
      cursor.range(Math.min(offset, segments.get((int) number).byteSize()), cursor.left());
      int length = cursor.count();
      if (buffer.length < length + 1) {
        buffer = new byte[Math.max(length + 1, buffer.length * 2)];
      }
      cursor.copy(buffer, length + 1);
      long stored = cursor.be32();
      if (isVerifying) {
        crc.reset();
        crc.update(buffer, 0, length + 1);
        if (crc.getValue() != stored) {
          throw corrupt("has checksum %08x, computed %08x".formatted(stored, crc.getValue()), null);
        }
      }
      lengthBytes = length;
    }

    /// The encoding of the chunk.
    int encoding() {
      return buffer[0];
    }

    /// What holds the chunk from index 1 on, for [#lengthBytes].
    byte[] buffer() {
      return buffer;
    }

    int lengthBytes() {
      return lengthBytes;
    }

    CorruptDataException corrupt(String what, @Nullable CorruptDataException cause) {
      String message =
          files.get((int) (place >>> 32))
              + ": chunk at offset "
              + (place & 0xffff_ffffL)
              + " "
              + what;
      return cause == null
          ? new CorruptDataException(message)
          : new CorruptDataException(message, cause);
    }
  }
}
