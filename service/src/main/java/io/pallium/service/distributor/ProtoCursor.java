package io.pallium.service.distributor;

import io.pallium.base.BadRequestException;
import io.pallium.base.HotPath;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Reads the protobuf wire format out of a byte array, with every bound checked. Tags and lengths
/// may be longer than they need to be (up to 10 bytes, as protobuf allows); groups are refused.
///
/// Whoever reads a nested message passes the end of that message to each call, so nothing is read
/// past it. Every failure is a [BadRequestException] that names the field and the offset from the
/// start of the body. Confined to one thread.
@HotPath
final class ProtoCursor {
  static final int VARINT = 0;
  static final int FIXED64 = 1;
  static final int BYTES = 2;
  static final int FIXED32 = 5;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final int MAX_VARINT_BYTES = 10;

  private byte[] source = new byte[0];
  private int start;
  private int position;

  /// Stands at `offset` of `newSource`; offsets in errors are counted from there.
  void reset(byte[] newSource, int offset) {
    source = newSource;
    start = offset;
    position = offset;
  }

  byte[] source() {
    return source;
  }

  int position() {
    return position;
  }

  void position(int newPosition) {
    position = newPosition;
  }

  /// The tag of a field: its number times 8, plus its wire type.
  static int tag(int field, int wireType) {
    return field << 3 | wireType;
  }

  /// Reads a tag.
  int readTag(int end, String what) {
    int at = position;
    if (at < end) {
      int b = source[at];
      if (b > 7) {
        position = at + 1;
        return b;
      }
    }
    return readLongTag(end, what);
  }

  /// Reads the length of a nested message, string or packed field and checks that it fits.
  ///
  /// @return the offset just behind the field's bytes, which start at [#position]
  int readEnd(int end, String what) {
    int at = position;
    if (at < end) {
      int b = source[at];
      if (b >= 0 && b <= end - at - 1) {
        position = at + 1;
        return at + 1 + b;
      }
    }
    return readLongEnd(end, what);
  }

  /// Reads a varint of up to 64 bits; bits above are dropped.
  long readVarint(int end, String what) {
    int at = position;
    long value = 0;
    int last = Math.min(end, at + MAX_VARINT_BYTES);
    for (int shift = 0; at < last; shift += 7) {
      int b = source[at++];
      value |= (long) (b & 0x7f) << shift;
      if (b >= 0) {
        position = at;
        return value;
      }
    }
    throw at < end
        ? malformed("a varint is longer than " + MAX_VARINT_BYTES + " bytes", what)
        : truncated(what);
  }

  /// Reads 8 bytes.
  long readFixed64(int end, String what) {
    if (end - position < Long.BYTES) {
      throw truncated(what);
    }
    long value = (long) LONG.get(source, position);
    position += Long.BYTES;
    return value;
  }

  /// Passes over the value of a field that nobody here knows.
  void skip(int tag, int end, String what) {
    switch (tag & 7) {
      case VARINT -> readVarint(end, what);
      case FIXED64 -> skipBytes(8, end, what);
      case BYTES -> position = readEnd(end, what);
      case FIXED32 -> skipBytes(4, end, what);
      default -> throw malformed("wire type " + (tag & 7) + " is not supported", what);
    }
  }

  /// Passes over an unknown field, and refuses a known one whose wire type is wrong.
  ///
  /// @param known bit `n` is set if field `n` is known
  void skipUnknown(int tag, int known, int end, String what) {
    int field = tag >>> 3;
    if (field < Integer.SIZE && (known >>> field & 1) != 0) {
      throw malformed("field " + field + " has wire type " + (tag & 7), what);
    }
    skip(tag, end, what);
  }

  /// A failure at the present position.
  BadRequestException malformed(String problem, String what) {
    return new BadRequestException(
        "the body is not a valid remote write request: "
            + problem
            + " in "
            + what
            + " at offset "
            + (position - start));
  }

  private void skipBytes(int count, int end, String what) {
    if (end - position < count) {
      throw truncated(what);
    }
    position += count;
  }

  private int readLongTag(int end, String what) {
    long tag = readVarint(end, what);
    if (tag >>> 32 != 0 || tag >>> 3 == 0) {
      throw malformed("field number " + (tag >>> 3), what);
    }
    return (int) tag;
  }

  private int readLongEnd(int end, String what) {
    long length = readVarint(end, what);
    if (length < 0 || length > end - position) {
      throw malformed(
          "a length of "
              + Long.toUnsignedString(length)
              + " bytes runs over the "
              + (end - position)
              + " that are left",
          what);
    }
    return position + (int) length;
  }

  private BadRequestException truncated(String what) {
    return malformed("it ends too early", what);
  }
}
