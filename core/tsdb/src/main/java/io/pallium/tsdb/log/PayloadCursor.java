package io.pallium.tsdb.log;

import static io.pallium.tsdb.log.LogLayout.LONG_LE;

import io.pallium.base.CorruptDataException;
import io.pallium.base.HotPath;
import java.nio.charset.StandardCharsets;

/// Reads numbers and strings out of a part of an array and never beyond it. Confined.
@HotPath
final class PayloadCursor {
  byte[] bytes = new byte[0];
  int at;
  int end;

  PayloadCursor reset(byte[] source, int offset, int lengthBytes) {
    bytes = source;
    at = offset;
    end = offset + lengthBytes;
    return this;
  }

  boolean isAtEnd() {
    return at == end;
  }

  int remaining() {
    return end - at;
  }

  int readByte() {
    require(1);
    return bytes[at++] & 0xFF;
  }

  long readVarint() {
    if (at < end) {
      byte first = bytes[at];
      if (first >= 0) {
        at++;
        return first;
      }
    }
    return readLongVarint();
  }

  long readZigZag() {
    long value = readVarint();
    return (value >>> 1) ^ -(value & 1);
  }

  long readLong() {
    require(Long.BYTES);
    long value = (long) LONG_LE.get(bytes, at);
    at += Long.BYTES;
    return value;
  }

  /// A number of entries that take at least so many bytes each, so that a wrong one cannot make the
  /// reader allocate more than the record has.
  int readCount(int minEntryBytes) {
    long count = readVarint();
    if (count < 0 || count > remaining() / minEntryBytes) {
      throw malformed("count beyond the end", count);
    }
    return (int) count;
  }

  /// A length in bytes that is still there.
  int readLength() {
    return readCount(1);
  }

  /// Where the next bytes start; moves behind them.
  int skip(int lengthBytes) {
    require(lengthBytes);
    int start = at;
    at += lengthBytes;
    return start;
  }

  String readText() {
    int length = readLength();
    return new String(bytes, skip(length), length, StandardCharsets.UTF_8);
  }

  static CorruptDataException malformed(String what, long value) {
    return new CorruptDataException("log record does not decode: " + what + ": " + value);
  }

  private void require(int lengthBytes) {
    if (end - at < lengthBytes) {
      throw malformed("bytes missing at the end", lengthBytes - (end - at));
    }
  }

  private long readLongVarint() {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      long next = readByte();
      value |= (next & 0x7F) << shift;
      if (next < 0x80) {
        return value;
      }
    }
    throw malformed("number of more than 10 bytes at", at);
  }
}
