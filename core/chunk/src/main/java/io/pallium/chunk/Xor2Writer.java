package io.pallium.chunk;

/// Writes one XOR2 chunk at a time: float samples with start timestamps. Confined to one thread.
/// Source: docs/formats/chunk.md.
public final class Xor2Writer implements ChunkWriter {
  private static final int MAX_SAMPLES = 0xffff;

  private final BitWriter bits = new BitWriter();
  private final StartWriter starts = new StartWriter();
  private final XorWindow window = new XorWindow();
  private int samples;
  private long timestampMs;
  private long delta;

  /// Of the last value that is not the stale marker.
  private long valueBits;

  /// Appends a sample.
  ///
  /// @param startMs since when it counts; 0 if that is not known
  /// @return false if the chunk is full and stays as it is
  public boolean append(long newTimestampMs, double value, long startMs) {
    if (samples == MAX_SAMPLES) {
      return false;
    }
    long newBits = Double.doubleToRawLongBits(value);
    long newDelta = newTimestampMs - timestampMs;
    if (samples == 0) {
      bits.bits(0, 8 * Xor2Codec.HEADER_BYTES);
      bits.signedVarint(newTimestampMs);
      bits.bits(newBits, 64);
      newDelta = 0;
    } else if (samples == 1) {
      bits.varint(newDelta);
      appendValue(newBits);
    } else {
      appendJoint(newDelta - delta, newBits);
    }
    starts.append(bits, samples, newTimestampMs, timestampMs, startMs);
    timestampMs = newTimestampMs;
    delta = newDelta;
    if (newBits != Xor2Codec.STALE_BITS) {
      valueBits = newBits;
    }
    samples++;
    return true;
  }

  @Override
  public int encoding() {
    return ChunkEncoding.XOR2;
  }

  @Override
  public int sampleCount() {
    return samples;
  }

  @Override
  public int lengthBytes() {
    return Math.max(Xor2Codec.HEADER_BYTES, bits.lengthBytes());
  }

  @Override
  public void copyTo(byte[] target, int offset) {
    bits.copyTo(target, offset);
    target[offset] = (byte) (samples >>> 8);
    target[offset + 1] = (byte) samples;
    target[offset + Xor2Codec.STARTS_BYTE] = (byte) starts.header();
  }

  @Override
  public byte[] cut() {
    byte[] chunk = new byte[lengthBytes()];
    copyTo(chunk, 0);
    bits.reset();
    starts.reset();
    window.clear();
    samples = 0;
    timestampMs = 0;
    delta = 0;
    valueBits = 0;
    return chunk;
  }

  /// Time and value together, so that the usual interval costs no bit of its own.
  private void appendJoint(long deltaOfDelta, long newBits) {
    if (deltaOfDelta == 0) {
      appendRegular(newBits);
      return;
    }
    if (fits(deltaOfDelta, 13)) {
      bits.bits(0b110, 3);
      bits.bits(deltaOfDelta, 13);
    } else if (fits(deltaOfDelta, 20)) {
      bits.bits(0b1110, 4);
      bits.bits(deltaOfDelta, 20);
    } else {
      bits.bits(0b11110, 5);
      bits.bits(deltaOfDelta, 64);
    }
    appendValue(newBits);
  }

  private void appendRegular(long newBits) {
    long difference = newBits ^ valueBits;
    if (newBits == Xor2Codec.STALE_BITS) {
      bits.bits(0b11111, 5);
    } else if (difference == 0) {
      bits.bits(0, 1);
    } else {
      boolean isNew = !window.holds(difference);
      bits.bits(isNew ? 0b101 : 0b100, 3);
      bits.difference(difference, window, isNew);
    }
  }

  private void appendValue(long newBits) {
    long difference = newBits ^ valueBits;
    if (newBits == Xor2Codec.STALE_BITS) {
      bits.bits(0b111, 3);
    } else if (difference == 0) {
      bits.bits(0, 1);
    } else if (window.holds(difference)) {
      bits.bits(0b10, 2);
      bits.difference(difference, window, false);
    } else {
      bits.bits(0b110, 3);
      bits.difference(difference, window, true);
    }
  }

  /// Whether a number is one of so many bits in two's complement.
  private static boolean fits(long value, int width) {
    return value == value << 64 - width >> 64 - width;
  }
}
