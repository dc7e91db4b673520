package io.pallium.model;

import io.pallium.base.HotPath;
import java.util.Arrays;

/// Writes labels in their canonical encoding. The caller adds them in order, without duplicates and
/// without empty values. Confined to one thread; reusable by [#reset].
@HotPath
public final class LabelsWriter {
  private byte[] bytes = new byte[256];
  private int length;

  /// Forgets what was written.
  public LabelsWriter reset() {
    length = 0;
    return this;
  }

  /// Adds one label from slices of other arrays.
  public LabelsWriter add(
      byte[] nameSource,
      int nameOffset,
      int nameLength,
      byte[] valueSource,
      int valueOffset,
      int valueLength) {
    reserve(nameLength + valueLength + 10);
    writeLength(nameLength);
    System.arraycopy(nameSource, nameOffset, bytes, length, nameLength);
    length += nameLength;
    writeLength(valueLength);
    System.arraycopy(valueSource, valueOffset, bytes, length, valueLength);
    length += valueLength;
    return this;
  }

  /// The array that holds the bytes; valid until the next call that writes.
  public byte[] array() {
    return bytes;
  }

  /// How many bytes of [#array] are written.
  public int lengthBytes() {
    return length;
  }

  /// A copy of what was written.
  public Labels toLabels() {
    return Labels.ofCanonical(bytes, 0, length);
  }

  private void writeLength(int value) {
    int rest = value;
    while (rest > 0x7f) {
      bytes[length++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[length++] = (byte) rest;
  }

  private void reserve(int more) {
    if (bytes.length - length < more) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
    }
  }
}
