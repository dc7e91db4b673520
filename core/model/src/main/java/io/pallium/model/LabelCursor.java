package io.pallium.model;

import io.pallium.base.HotPath;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Walks canonical label bytes without allocating. Confined to one thread; reusable by [#reset].
@HotPath
public final class LabelCursor {
  private byte[] source = new byte[0];
  private int position;
  private int end;
  private int nameOffset;
  private int nameLength;
  private int valueOffset;
  private int valueLength;

  /// Stands before the first label of `source[offset, offset + lengthBytes)`.
  public LabelCursor reset(byte[] source, int offset, int lengthBytes) {
    this.source = source;
    this.position = offset;
    this.end = offset + lengthBytes;
    return this;
  }

  /// Moves to the next label.
  ///
  /// @return whether there is one
  public boolean next() {
    if (position >= end) {
      return false;
    }
    nameLength = readLength();
    nameOffset = position;
    position += nameLength;
    valueLength = readLength();
    valueOffset = position;
    position += valueLength;
    if (position > end) {
      throw new AssertionError("BUG: label bytes run over their end");
    }
    return true;
  }

  /// The array that the offsets refer to.
  public byte[] source() {
    return source;
  }

  public int nameOffset() {
    return nameOffset;
  }

  public int nameLengthBytes() {
    return nameLength;
  }

  public int valueOffset() {
    return valueOffset;
  }

  public int valueLengthBytes() {
    return valueLength;
  }

  /// The name, decoded.
  public String name() {
    return new String(source, nameOffset, nameLength, StandardCharsets.UTF_8);
  }

  /// The value, decoded.
  public String value() {
    return new String(source, valueOffset, valueLength, StandardCharsets.UTF_8);
  }

  /// Whether the name is these bytes.
  public boolean nameEquals(byte[] name) {
    return Arrays.equals(source, nameOffset, nameOffset + nameLength, name, 0, name.length);
  }

  /// Compares the labels that two cursors stand on: name, then value, in unsigned byte order.
  public int compareTo(LabelCursor other) {
    int order = compareName(other);
    if (order != 0) {
      return order;
    }
    return Arrays.compareUnsigned(
        source,
        valueOffset,
        valueOffset + valueLength,
        other.source,
        other.valueOffset,
        other.valueOffset + other.valueLength);
  }

  /// Compares the names that two cursors stand on in unsigned byte order.
  public int compareName(LabelCursor other) {
    return Arrays.compareUnsigned(
        source,
        nameOffset,
        nameOffset + nameLength,
        other.source,
        other.nameOffset,
        other.nameOffset + other.nameLength);
  }

  private int readLength() {
    int b = source[position++];
    if (b >= 0) {
      return b;
    }
    int value = b & 0x7f;
    int shift = 7;
    while (true) {
      b = source[position++];
      value |= (b & 0x7f) << shift;
      if (b >= 0) {
        return value;
      }
      shift += 7;
      if (shift > 28) {
        throw new AssertionError("BUG: label length is not canonical");
      }
    }
  }
}
