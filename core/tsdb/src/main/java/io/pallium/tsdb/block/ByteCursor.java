package io.pallium.tsdb.block;

import io.pallium.base.CorruptDataException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/// Reads the number forms of the block format from a source between two bounds; whatever runs over
/// a bound is corruption that names the file and the place. Positions are offsets in the source, of
/// which a window is at hand at a time. Confined to one thread; the source may be shared.
final class ByteCursor {
  private static final ValueLayout.OfInt BE32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong BE64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private static final int CHECKSUM_PART_BYTES = 16 << 10;
  private static final ByteSource.Window NOTHING = new ByteSource.Window(MemorySegment.NULL, 0);

  private final ByteSource source;
  private final CRC32C crc = new CRC32C();
  private byte[] checksumPart = new byte[256];
  private MemorySegment window;
  private long windowStart;
  private long windowEnd;
  private long position;
  private long end;

  ByteCursor(ByteSource source) {
    this(source, NOTHING);
  }

  /// @param atHand what need not be read any more
  ByteCursor(ByteSource source, ByteSource.Window atHand) {
    this.source = source;
    this.end = source.lengthBytes();
    this.window = atHand.bytes();
    this.windowStart = atHand.start();
    this.windowEnd = atHand.end();
  }

  /// Stands at `from` and ends before `to`.
  ByteCursor range(long from, long to) {
    if (from < 0 || from > to || to > source.lengthBytes()) {
      throw new CorruptDataException(
          "%s of %d bytes has no bytes %d to %d"
              .formatted(source.name(), source.lengthBytes(), from, to));
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
    return window.get(ValueLayout.JAVA_BYTE, position++ - windowStart) & 0xff;
  }

  long be32() {
    need(4);
    position += 4;
    return window.get(BE32, position - 4 - windowStart) & 0xffff_ffffL;
  }

  long be64() {
    need(8);
    position += 8;
    return window.get(BE64, position - 8 - windowStart);
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
    within(lengthBytes);
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
    MemorySegment.copy(
        window, ValueLayout.JAVA_BYTE, position - windowStart, target, 0, lengthBytes);
    position += lengthBytes;
  }

  /// Compares the next `lengthBytes` with an array in unsigned byte order, without moving.
  int compareTo(int lengthBytes, byte[] other) {
    need(lengthBytes);
    int common = Math.min(lengthBytes, other.length);
    for (int i = 0; i < common; i++) {
      int order =
          (window.get(ValueLayout.JAVA_BYTE, position - windowStart + i) & 0xff)
              - (other[i] & 0xff);
      if (order != 0) {
        return order;
      }
    }
    return lengthBytes - other.length;
  }

  /// The bytes `[from, to)`, valid as long as the source is.
  ByteSource.Window window(long from, long to) {
    range(from, to);
    if (from < to) {
      need(to - from);
      return new ByteSource.Window(window.asSlice(from - windowStart, to - from), from);
    }
    return new ByteSource.Window(MemorySegment.NULL, from);
  }

  /// Compares the checksum behind `[from, to)` with theirs.
  void verify(long from, long to, String what) {
    range(from, to + BlockLayout.CRC_BYTES);
    need(to + BlockLayout.CRC_BYTES - from);
    crc.reset();
    // Through an array: what the checksum of the platform does on a mapped file that has become
    // shorter is no exception but the end of the process.
    if (checksumPart.length < Math.min(to - from, CHECKSUM_PART_BYTES)) {
      checksumPart = new byte[CHECKSUM_PART_BYTES];
    }
    while (position < to) {
      int part = (int) Math.min(to - position, checksumPart.length);
      copy(checksumPart, part);
      crc.update(checksumPart, 0, part);
    }
    long stored = be32();
    if (crc.getValue() != stored) {
      throw new CorruptDataException(
          "%s: %s at offset %d has checksum %08x, computed %08x"
              .formatted(source.name(), what, from, stored, crc.getValue()));
    }
  }

  CorruptDataException corrupt(String what) {
    return new CorruptDataException(source.name() + ": " + what + " at offset " + position);
  }

  private void need(long lengthBytes) {
    within(lengthBytes);
    if (position < windowStart || lengthBytes > windowEnd - position) {
      moveWindow(lengthBytes);
    }
  }

  private void within(long lengthBytes) {
    if (lengthBytes < 0 || lengthBytes > end - position) {
      throw corrupt(lengthBytes + " bytes are needed and " + (end - position) + " are there");
    }
  }

  private void moveWindow(long neededBytes) {
    ByteSource.Window next = source.window(position, neededBytes);
    window = next.bytes();
    windowStart = next.start();
    windowEnd = next.end();
  }
}
