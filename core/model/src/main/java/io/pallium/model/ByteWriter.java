package io.pallium.model;

import io.pallium.base.HotPath;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// A growing array of bytes with the number formats of docs/formats/write-batch.md. Confined to one
/// thread.
@HotPath
final class ByteWriter {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final int MAX_VARINT_BYTES = 10;

  private byte[] bytes = new byte[256];
  private int length;

  ByteWriter reset() {
    length = 0;
    return this;
  }

  int lengthBytes() {
    return length;
  }

  byte[] toBytes() {
    return Arrays.copyOf(bytes, length);
  }

  void putByte(int value) {
    reserve(1);
    bytes[length++] = (byte) value;
  }

  void putLong(long value) {
    reserve(Long.BYTES);
    LONG.set(bytes, length, value);
    length += Long.BYTES;
  }

  void putVarint(long value) {
    reserve(MAX_VARINT_BYTES);
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      bytes[length++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[length++] = (byte) rest;
  }

  void putSigned(long value) {
    putVarint(value << 1 ^ value >> 63);
  }

  void putText(String text) {
    byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
    putVarint(encoded.length);
    putBytes(encoded, 0, encoded.length);
  }

  void putBytes(byte[] source, int offset, int lengthBytes) {
    reserve(lengthBytes);
    System.arraycopy(source, offset, bytes, length, lengthBytes);
    length += lengthBytes;
  }

  /// Writes a length and all that `section` holds, and empties it.
  void putSection(ByteWriter section) {
    putVarint(section.length);
    putBytes(section.bytes, 0, section.length);
    section.reset();
  }

  /// Writes a length and the histogram's encoding.
  void putHistogram(NativeHistogram histogram) {
    byte[] encoded = new byte[NativeHistogramCodec.maxLengthBytes(histogram)];
    int encodedLength = NativeHistogramCodec.encode(histogram, encoded, 0);
    putVarint(encodedLength);
    putBytes(encoded, 0, encodedLength);
  }

  private void reserve(int more) {
    if (bytes.length - length < more) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, Math.addExact(length, more)));
    }
  }
}
