package io.pallium.tsdb.block;

import io.pallium.base.CorruptDataException;
import io.pallium.storage.QueryControl;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// The chunk files of a block. Immutable and thread-safe; readers bring their own [Access]. Source:
/// docs/formats/block.md.
final class ChunkSegments implements AutoCloseable {
  /// What most chunks are shorter than.
  private static final int ESTIMATED_BYTES = 1024;

  private final List<ByteSource> segments;
  private final boolean isVerifying;

  private ChunkSegments(List<ByteSource> segments, boolean isVerifying) {
    this.segments = segments;
    this.isVerifying = isVerifying;
  }

  static ChunkSegments open(BlockFiles files, boolean isVerifying) throws IOException {
    List<ByteSource> segments = new ArrayList<>();
    for (String name : files.chunkFiles()) {
      String expected = BlockLayout.segmentName(segments.size());
      String path = BlockLayout.CHUNKS + "/" + name;
      if (!name.equals(expected)) {
        throw new CorruptDataException(
            files.location() + " has " + path + " where " + expected + " is expected");
      }
      ByteSource segment =
          files
              .open(path)
              .orElseThrow(
                  () ->
                      new CorruptDataException(files.location() + " has no " + path + " any more"));
      ByteCursor cursor = new ByteCursor(segment);
      if (segment.lengthBytes() < BlockLayout.CHUNKS_HEADER_BYTES
          || cursor.be32() != (BlockLayout.CHUNKS_MAGIC & 0xffff_ffffL)
          || cursor.octet() != BlockLayout.CHUNKS_VERSION) {
        throw new CorruptDataException(segment.name() + " does not begin as chunks of version 1");
      }
      segments.add(segment);
    }
    return new ChunkSegments(List.copyOf(segments), isVerifying);
  }

  long lengthBytes() {
    long sum = 0;
    for (ByteSource segment : segments) {
      sum += segment.lengthBytes();
    }
    return sum;
  }

  /// These files as one query reads them; to be closed.
  ChunkSegments forQuery(QueryControl control) {
    return isFar()
        ? new ChunkSegments(
            segments.stream().map(segment -> segment.forQuery(control)).toList(), isVerifying)
        : this;
  }

  /// Whether reading is better planned.
  boolean isFar() {
    return !segments.isEmpty() && segments.getFirst().isFar();
  }

  /// Says that chunks of one series are going to be read, which lie one after the other.
  void plan(ChunkPlaces places) {
    for (int i = 0; i < places.count(); i++) {
      long number = places.place(i) >>> 32;
      if (number < segments.size()) {
        long offset = places.place(i) & 0xffff_ffffL;
        segments.get((int) number).plan(offset, ESTIMATED_BYTES);
      }
    }
  }

  /// Lets go of what was read for a query.
  @Override
  public void close() {
    segments.forEach(ByteSource::close);
  }

  Access access() {
    return new Access();
  }

  /// Reads chunks into a buffer of its own. Confined to one thread.
  final class Access {
    private final CRC32C crc = new CRC32C();
    private final @Nullable ByteCursor[] cursors = new ByteCursor[segments.size()];
    private byte[] buffer = new byte[512];
    private int lengthBytes;
    private long place;

    /// Reads the chunk at a place: number of the segment in the upper half, offset in the lower.
    void read(long newPlace) {
      place = newPlace;
      long number = newPlace >>> 32;
      long offset = newPlace & 0xffff_ffffL;
      if (number < 0 || number >= segments.size()) {
        throw new CorruptDataException(
            "a chunk in file %d of %d: %s"
                .formatted(
                    number + 1, segments.size(), segments.stream().map(ByteSource::name).toList()));
      }
      ByteCursor cursor = cursor((int) number);
      long segmentBytes = segments.get((int) number).lengthBytes();
      cursor.range(Math.min(offset, segmentBytes), segmentBytes);
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

    private ByteCursor cursor(int number) {
      ByteCursor cursor = cursors[number];
      if (cursor == null) {
        cursor = new ByteCursor(segments.get(number));
        cursors[number] = cursor;
      }
      return cursor;
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
          segments.get((int) (place >>> 32)).name()
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
