package io.pallium.chunk;

import java.util.Arrays;

/// A growing string of bits, most significant bit first, with the number codes of histogram chunks.
/// Confined to one thread. Source: docs/formats/chunk.md.
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
    int leading = Math.min(31, Long.numberOfLeadingZeros(difference));
    int trailing = Long.numberOfTrailingZeros(difference);
    if (window.isSet && leading >= window.leading && trailing >= window.trailing) {
      bits(0b10, 2);
    } else {
      window.set(leading, trailing);
      bits(0b11, 2);
      bits(leading, 5);
      bits(64 - leading - trailing, 6);
    }
    bits(difference >>> window.trailing, 64 - window.leading - window.trailing);
  }

  private void prefix(int step) {
    if (step == VarbitWidths.COUNT - 1) {
      bits(0xff, 8);
      return;
    }
    bits((1L << step + 1) - 2, step + 1);
  }
}
