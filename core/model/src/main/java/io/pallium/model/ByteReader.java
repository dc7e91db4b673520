package io.pallium.model;

import io.pallium.base.CorruptDataException;
import io.pallium.base.HotPath;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// Reads the number formats of docs/formats/write-batch.md out of a slice, with every bound
/// checked. Fails with [CorruptDataException] that names the message and the offset. Confined to
/// one thread.
@HotPath
final class ByteReader {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final String what;
  private final byte[] source;
  private final int start;
  private final int end;
  private int position;

  /// @param what names the message in errors
  ByteReader(String what, byte[] source, int offset, int lengthBytes) {
    this(what, source, offset, offset, offset + lengthBytes);
  }

  private ByteReader(String what, byte[] source, int start, int position, int end) {
    this.what = what;
    this.source = source;
    this.start = start;
    this.position = position;
    this.end = end;
  }

  byte[] source() {
    return source;
  }

  int position() {
    return position;
  }

  int left() {
    return end - position;
  }

  boolean isAtEnd() {
    return position == end;
  }

  int readByte() {
    if (position == end) {
      throw tooShort();
    }
    return source[position++] & 0xff;
  }

  long readLong() {
    if (left() < Long.BYTES) {
      throw tooShort();
    }
    long value = (long) LONG.get(source, position);
    position += Long.BYTES;
    return value;
  }

  long readVarint() {
    long value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      int b = readByte();
      value |= (long) (b & 0x7f) << shift;
      if (b < 0x80) {
        return value;
      }
    }
    throw corrupt("a number is longer than 10 bytes");
  }

  long readSigned() {
    long value = readVarint();
    return value >>> 1 ^ -(value & 1);
  }

  /// A number of things that take at least `bytesEach` in what is left, and so cannot be more.
  int readCount(int bytesEach) {
    long count = readVarint();
    if (count < 0 || count > left() / bytesEach) {
      throw corrupt(
          "the number " + Long.toUnsignedString(count) + " is too large for what follows");
    }
    return (int) count;
  }

  /// A number from 0 to `max`.
  int readInt(int max) {
    long value = readVarint();
    if (value < 0 || value > max) {
      throw corrupt(Long.toUnsignedString(value) + " is more than " + max);
    }
    return (int) value;
  }

  /// The place of a slice: a length that fits; the position moves behind it.
  ///
  /// @return the offset of the slice, which ends at [#position]
  int readSlice() {
    int length = readCount(1);
    int from = position;
    position += length;
    return from;
  }

  /// A reader of the slice that follows.
  ByteReader readSection() {
    int from = readSlice();
    return new ByteReader(what, source, start, from, position);
  }

  String readText() {
    int from = readSlice();
    if (!Utf8.isValid(source, from, position - from)) {
      throw corrupt("a text is not UTF-8");
    }
    return new String(source, from, position - from, StandardCharsets.UTF_8);
  }

  /// A slice of canonical labels.
  ///
  /// @return its offset; it ends at [#position]
  int readLabels() {
    int from = readSlice();
    if (!Labels.isCanonical(source, from, position - from)) {
      throw corrupt("labels are not canonical");
    }
    return from;
  }

  void requireEnd() {
    if (position != end) {
      throw corrupt((end - position) + " bytes are left over");
    }
  }

  CorruptDataException corrupt(String problem) {
    return new CorruptDataException(
        what + " is corrupt at offset " + (position - start) + ": " + problem);
  }

  private CorruptDataException tooShort() {
    return corrupt("it ends too early");
  }
}
