package io.pallium.chunk;

import java.util.Arrays;

/// A growing string of bits, most significant bit first, with the number codes of chunks. Confined
/// to one thread. Source: docs/formats/chunk.md.
final class BitWriter {
  private byte[] bytes = new byte[128];
  private int position;

  void reset() {
    Arrays.fill(bytes, 0, lengthBytes(), (byte) 0);
    position = 0;
  }

  int lengthBytes() {
    return position + 7 >>> 3;
  }

  void copyTo(byte[] target, int offset) {
    System.arraycopy(bytes, 0, target, offset, lengthBytes());
  }

  /// Writes the lowest `count` (0 to 64) bits of a value.
  void bits(long value, int count) {
    if (bytes.length - lengthBytes() < 9) {
      bytes = Arrays.copyOf(bytes, bytes.length * 2);
    }
    int left = count;
    while (left > 0) {
      int free = 8 - (position & 7);
      int taken = Math.min(free, left);
      long part = value >>> left - taken & (1L << taken) - 1;
      bytes[position >>> 3] |= (byte) (part << free - taken);
      position += taken;
      left -= taken;
    }
  }

  /// Writes a number as LEB128: 7 bits a byte, lowest first.
  void varint(long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      bits(rest & 0x7f | 0x80, 8);
      rest >>>= 7;
    }
    bits(rest, 8);
  }

  /// Writes the zigzag form of a number as LEB128.
  void signedVarint(long value) {
    varint(value << 1 ^ value >> 63);
  }

  /// Writes a signed number: the smaller, the shorter.
  void signed(long value) {
    for (int step = 0; step < VarbitWidths.COUNT; step++) {
      int width = VarbitWidths.of(step);
      boolean fits =
          width == 64
              || (width == 0
                  ? value == 0
                  : value >= -((1L << width - 1) - 1) && value <= 1L << width - 1);
      if (fits) {
        prefix(step);
        bits(value, width);
        return;
      }
    }
  }

  /// Writes an unsigned number: the smaller, the shorter.
  void unsigned(long value) {
    for (int step = 0; step < VarbitWidths.COUNT; step++) {
      int width = VarbitWidths.of(step);
      if (Long.numberOfLeadingZeros(value) >= 64 - width) {
        prefix(step);
        bits(value, width);
        return;
      }
    }
  }

  /// Writes a value as its difference to the one before.
  ///
  /// @param window the leading and trailing zero bits in use, replaced when they change
  void xor(long valueBits, long previousBits, XorWindow window) {
    long difference = valueBits ^ previousBits;
    if (difference == 0) {
      bits(0, 1);
      return;
    }
    boolean isNew = !window.holds(difference);
    bits(isNew ? 0b11 : 0b10, 2);
    difference(difference, window, isNew);
  }

  /// Writes the bits of a difference, which is not 0, that lie in a window.
  ///
  /// @param isNew whether the window is set to the difference, and written before
  void difference(long difference, XorWindow window, boolean isNew) {
    if (isNew) {
      int leading = Math.min(31, Long.numberOfLeadingZeros(difference));
      window.set(leading, Long.numberOfTrailingZeros(difference));
      bits(leading, 5);
      bits(window.width(), 6);
    }
    bits(difference >>> window.trailing, window.width());
  }

  private void prefix(int step) {
    if (step == VarbitWidths.COUNT - 1) {
      bits(0xff, 8);
      return;
    }
    bits((1L << step + 1) - 2, step + 1);
  }
}
