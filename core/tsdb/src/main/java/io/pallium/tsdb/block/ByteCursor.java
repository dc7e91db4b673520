package io.pallium.tsdb.block;

import io.pallium.base.CorruptDataException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/// Reads the number forms of the block format from a mapped file between two bounds; whatever runs
/// over a bound is corruption that names the file and the place. Confined to one thread; the
/// segment may be shared.
final class ByteCursor {
  private static final ValueLayout.OfInt BE32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong BE64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private final MemorySegment segment;
  private final Path file;
  private long position;
  private long end;

  ByteCursor(MemorySegment segment, Path file) {
    this.segment = segment;
    this.file = file;
    this.end = segment.byteSize();
  }

  /// Stands at `from` and ends before `to`.
  ByteCursor range(long from, long to) {
    if (from < 0 || from > to || to > segment.byteSize()) {
      throw new CorruptDataException(
          file + " of " + segment.byteSize() + " bytes has no bytes " + from + " to " + to);
    }
    position = from;
    end = to;
    return this;
  }

  long position() {
    return position;
  }

  long left() {
    return end - position;
  }

  boolean hasMore() {
    return position < end;
  }

  int octet() {
    need(1);
    return segment.get(ValueLayout.JAVA_BYTE, position++) & 0xff;
  }

  long be32() {
    need(4);
    position += 4;
    return segment.get(BE32, position - 4) & 0xffff_ffffL;
  }

  long be64() {
    need(8);
    position += 8;
    return segment.get(BE64, position - 8);
  }

  long uvarint() {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      int next = octet();
      value |= (next & 0x7fL) << shift;
      if (next < 0x80) {
        if (shift == 63 && next > 1) {
          break;
        }
        return value;
      }
    }
    throw corrupt("a number of more than 64 bits");
  }

  long svarint() {
    long value = uvarint();
    return value >>> 1 ^ -(value & 1);
  }

  /// A uvarint that counts things of at least a byte each that follow.
  int count() {
    long value = uvarint();
    if (value < 0 || value > left() || value > Integer.MAX_VALUE) {
      throw corrupt("a count of " + Long.toUnsignedString(value) + " before " + left() + " bytes");
    }
    return (int) value;
  }

  void skip(long lengthBytes) {
    need(lengthBytes);
    position += lengthBytes;
  }

  /// Skips zeros up to the next multiple of the alignment in the file.
  void align(int alignment) {
    long rest = position % alignment;
    position = Math.min(end, rest == 0 ? position : position + alignment - rest);
  }

  byte[] bytes(int lengthBytes) {
    need(lengthBytes);
    byte[] bytes = new byte[lengthBytes];
    copy(bytes, lengthBytes);
    return bytes;
  }

  /// Copies the next bytes to the front of an array that is long enough.
  void copy(byte[] target, int lengthBytes) {
    need(lengthBytes);
    MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, position, target, 0, lengthBytes);
    position += lengthBytes;
  }

  /// Compares the next `lengthBytes` with an array in unsigned byte order, without moving.
  int compareTo(int lengthBytes, byte[] other) {
    need(lengthBytes);
    int common = Math.min(lengthBytes, other.length);
    for (int i = 0; i < common; i++) {
      int order = (segment.get(ValueLayout.JAVA_BYTE, position + i) & 0xff) - (other[i] & 0xff);
      if (order != 0) {
        return order;
      }
    }
    return lengthBytes - other.length;
  }

  /// Compares the checksum behind `[from, to)` with theirs.
  void verify(long from, long to, String what) {
    long stored = range(to, to + BlockLayout.CRC_BYTES).be32();
    CRC32C crc = new CRC32C();
    long at = from;
    while (at < to) {
      // A byte buffer cannot be longer than an int.
      long part = Math.min(to - at, 1 << 30);
      crc.update(segment.asSlice(at, part).asByteBuffer());
      at += part;
    }
    if (crc.getValue() != stored) {
      throw new CorruptDataException(
          "%s: %s at offset %d has checksum %08x, computed %08x"
              .formatted(file, what, from, stored, crc.getValue()));
    }
  }

  CorruptDataException corrupt(String what) {
    return new CorruptDataException(file + ": " + what + " at offset " + position);
  }

  private void need(long lengthBytes) {
    if (lengthBytes < 0 || lengthBytes > end - position) {
      throw corrupt(lengthBytes + " bytes are needed and " + (end - position) + " are there");
    }
  }
}
