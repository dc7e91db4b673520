package io.pallium.tsdb.log;

import static io.pallium.tsdb.log.LogLayout.LONG_LE;

import io.pallium.base.HotPath;
import java.util.Arrays;

/// Bytes that grow at the end. Confined.
@HotPath
final class ByteColumn {
  /// The most bytes that one number takes.
  static final int MAX_VARINT = 10;

  byte[] bytes;
  int length;

  ByteColumn(int roomBytes) {
    bytes = new byte[roomBytes];
  }

  void clear() {
    length = 0;
  }

  /// Clears, and lets go of room over a bound that was hardly used the last time.
  void reuse(int keptRoomBytes) {
    if (bytes.length > keptRoomBytes && length < keptRoomBytes / 4) {
      bytes = new byte[keptRoomBytes / 4];
    }
    length = 0;
  }

  /// Makes room for more bytes behind the end.
  void ensure(int more) {
    if (bytes.length - length < more) {
      grow(more);
    }
  }

  void putByte(int value) {
    ensure(1);
    bytes[length++] = (byte) value;
  }

  void putVarint(long value) {
    ensure(MAX_VARINT);
    byte[] target = bytes;
    int at = length;
    while ((value & ~0x7FL) != 0) {
      target[at++] = (byte) (value | 0x80);
      value >>>= 7;
    }
    target[at++] = (byte) value;
    length = at;
  }

  void putZigZag(long value) {
    putVarint((value << 1) ^ (value >> 63));
  }

  void putLong(long value) {
    ensure(Long.BYTES);
    LONG_LE.set(bytes, length, value);
    length += Long.BYTES;
  }

  void putBytes(byte[] source, int offset, int lengthBytes) {
    ensure(lengthBytes);
    System.arraycopy(source, offset, bytes, length, lengthBytes);
    length += lengthBytes;
  }

  /// Length first, then the bytes.
  void putString(byte[] source, int offset, int lengthBytes) {
    putVarint(lengthBytes);
    putBytes(source, offset, lengthBytes);
  }

  void putColumn(ByteColumn column) {
    putBytes(column.bytes, 0, column.length);
  }

  static int varintSize(long value) {
    return (70 - Long.numberOfLeadingZeros(value | 1)) / 7;
  }

  private void grow(int more) {
    long wanted = Math.max(bytes.length * 2L, (long) length + more);
    int limit = Integer.MAX_VALUE - 16;
    if ((long) length + more > limit) {
      throw new IllegalStateException("a log record has " + ((long) length + more) + " bytes");
    }
    bytes = Arrays.copyOf(bytes, (int) Math.min(wanted, limit));
  }
}
