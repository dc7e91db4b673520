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
      throw new CorruptDataException("histogram chunk of " + lengthBytes + " bytes");
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
          "histogram chunk of " + endBit / 8 + " bytes ends within a sample, at bit " + position);
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
    int width = VarbitWidths.of(ones());
    long raw = bits(width);
    return width > 0 && width < 64 && raw > 1L << width - 1 ? raw - (1L << width) : raw;
  }

  long unsigned() {
    return bits(VarbitWidths.of(ones()));
  }

  /// The bits of the value that follows one with `previousBits`.
  long xor(long previousBits, XorWindow window) {
    if (bits(1) == 0) {
      return previousBits;
    }
    if (bits(1) == 1) {
      int leading = (int) bits(5);
      int significant = (int) bits(6);
      int trailing = 64 - leading - (significant == 0 ? 64 : significant);
      if (trailing < 0) {
        throw new CorruptDataException(
            "histogram chunk has a value of "
                + leading
                + " leading and "
                + significant
                + " significant bits at bit "
                + position);
      }
      window.set(leading, trailing);
    }
    return previousBits ^ bits(64 - window.leading - window.trailing) << window.trailing;
  }

  private int ones() {
    int ones = 0;
    while (ones < VarbitWidths.COUNT - 1 && bits(1) == 1) {
      ones++;
    }
    return ones;
  }
}
