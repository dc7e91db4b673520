package io.pallium.chunk;

import io.pallium.base.CorruptDataException;

/// Reads what [BitWriter] writes. Reading over the end is corruption. Confined to one thread.
final class BitReader {
  private final byte[] source;
  private final int offset;
  private final int endBit;
  private int position;

  BitReader(byte[] source, int offset, int lengthBytes) {
    if (lengthBytes > Integer.MAX_VALUE / 8) {
      throw new CorruptDataException("chunk of " + lengthBytes + " bytes");
    }
    this.source = source;
    this.offset = offset;
    this.endBit = lengthBytes * 8;
  }

  int bitsLeft() {
    return endBit - position;
  }

  /// The next `count` (0 to 64) bits.
  long bits(int count) {
    if (count > endBit - position) {
      throw new CorruptDataException(
          "chunk of " + endBit / 8 + " bytes ends within a sample, at bit " + position);
    }
    long value = 0;
    int left = count;
    while (left > 0) {
      int free = 8 - (position & 7);
      int taken = Math.min(free, left);
      int part = source[offset + (position >>> 3)] >>> free - taken & (1 << taken) - 1;
      value = value << taken | part;
      position += taken;
      left -= taken;
    }
    return value;
  }

  long signed() {
    int width = VarbitWidths.of(ones(VarbitWidths.COUNT - 1));
    long raw = bits(width);
    return width > 0 && width < 64 && raw > 1L << width - 1 ? raw - (1L << width) : raw;
  }

  long unsigned() {
    return bits(VarbitWidths.of(ones(VarbitWidths.COUNT - 1)));
  }

  /// The bits of the value that follows one with `previousBits`.
  long xor(long previousBits, XorWindow window) {
    if (bits(1) == 0) {
      return previousBits;
    }
    return previousBits ^ difference(window, bits(1) == 1);
  }

  /// The difference to a value before whose bits in a window follow.
  ///
  /// @param isNew whether the window follows too
  long difference(XorWindow window, boolean isNew) {
    if (isNew) {
      int leading = (int) bits(5);
      int significant = (int) bits(6);
      int trailing = 64 - leading - (significant == 0 ? 64 : significant);
      if (trailing < 0) {
        throw new CorruptDataException(
            "chunk has a value of "
                + leading
                + " leading and "
                + significant
                + " significant bits at bit "
                + position);
      }
      window.set(leading, trailing);
    }
    return bits(window.width()) << window.trailing;
  }

  long varint() {
    long value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      long next = bits(8);
      value |= (next & 0x7f) << shift;
      if (next < 0x80) {
        if (shift == 63 && next > 1) {
          break;
        }
        return value;
      }
    }
    throw new CorruptDataException("chunk has a number that does not end, at bit " + position);
  }

  long signedVarint() {
    long zigzag = varint();
    return zigzag >>> 1 ^ -(zigzag & 1);
  }

  /// The number of ones before a zero; at most `max`, after which no zero follows.
  int ones(int max) {
    int ones = 0;
    while (ones < max && bits(1) == 1) {
      ones++;
    }
    return ones;
  }
}
