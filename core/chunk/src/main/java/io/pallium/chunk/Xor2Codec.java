package io.pallium.chunk;

import io.pallium.base.CorruptDataException;

/// Decodes XOR2 chunks: float samples with start timestamps, as Prometheus stores them. Source:
/// docs/formats/chunk.md.
public final class Xor2Codec {
  static final int HEADER_BYTES = 3;
  static final int STARTS_BYTE = 2;

  /// The value that says that a series has ended; it is written without its bits.
  static final long STALE_BITS = 0x7ff0000000000002L;

  private Xor2Codec() {}

  /// The number of samples that a chunk says it has.
  ///
  /// @throws CorruptDataException if the chunk is shorter than its header
  public static int sampleCount(byte[] source, int offset, int lengthBytes) {
    if (lengthBytes < HEADER_BYTES) {
      throw new CorruptDataException("xor2 chunk of " + lengthBytes + " bytes has no header");
    }
    return (source[offset] & 0xff) << 8 | source[offset + 1] & 0xff;
  }

  /// Decodes all samples of a chunk into `timestampsMs[0, …)`, `values[0, …)` and `startsMs[0, …)`.
  ///
  /// @param startsMs gets since when each sample counts; 0 where that is not known
  /// @return the number of samples
  /// @throws CorruptDataException if the bytes are not a chunk; the arrays then hold anything
  public static int decode(
      byte[] source,
      int offset,
      int lengthBytes,
      long[] timestampsMs,
      double[] values,
      long[] startsMs) {
    int samples = sampleCount(source, offset, lengthBytes);
    BitReader bits = new BitReader(source, offset + HEADER_BYTES, lengthBytes - HEADER_BYTES);
    StartReader starts = new StartReader(bits, source[offset + STARTS_BYTE]);
    XorWindow window = new XorWindow();
    long timestampMs = 0;
    long delta = 0;
    long valueBits = 0;
    for (int i = 0; i < samples; i++) {
      long beforeMs = timestampMs;
      long newBits;
      if (i == 0) {
        timestampMs = bits.signedVarint();
        newBits = bits.bits(64);
      } else if (i == 1) {
        delta = bits.varint();
        newBits = value(bits, valueBits, window);
      } else {
        int ones = bits.ones(5);
        delta += deltaOfDelta(bits, ones);
        newBits =
            switch (ones) {
              case 0 -> valueBits;
              case 1 -> valueBits ^ bits.difference(window, bits.bits(1) == 1);
              case 5 -> STALE_BITS;
              default -> value(bits, valueBits, window);
            };
      }
      timestampMs += delta;
      timestampsMs[i] = timestampMs;
      values[i] = Double.longBitsToDouble(newBits);
      startsMs[i] = starts.next(i, timestampMs, beforeMs);
      if (newBits != STALE_BITS) {
        valueBits = newBits;
      }
    }
    return samples;
  }

  private static long deltaOfDelta(BitReader bits, int ones) {
    return switch (ones) {
      case 2 -> bits.bits(13) << 51 >> 51;
      case 3 -> bits.bits(20) << 44 >> 44;
      case 4 -> bits.bits(64);
      default -> 0;
    };
  }

  private static long value(BitReader bits, long before, XorWindow window) {
    return switch (bits.ones(3)) {
      case 0 -> before;
      case 1 -> before ^ bits.difference(window, false);
      case 2 -> before ^ bits.difference(window, true);
      default -> STALE_BITS;
    };
  }
}
