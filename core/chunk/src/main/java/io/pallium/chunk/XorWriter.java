package io.pallium.chunk;

import java.util.Arrays;

/// Writes one XOR chunk at a time into a buffer of its own. Confined to one thread; reusable by
/// [#reset].
public final class XorWriter implements ChunkWriter {
  private final long[] state = new long[XorCodec.STATE_LONGS];
  private byte[] buffer = new byte[256];

  /// Forgets what was written.
  public XorWriter reset() {
    Arrays.fill(state, 0);
    return this;
  }

  /// Appends a sample.
  ///
  /// @return false if the chunk has [XorCodec#MAX_SAMPLES] and stays as it is
  public boolean append(long timestampMs, double value) {
    if (buffer.length - XorCodec.lengthBytes(state, 0) < XorCodec.MAX_SAMPLE_BYTES) {
      buffer = Arrays.copyOf(buffer, buffer.length * 2);
    }
    return XorCodec.append(buffer, 0, buffer.length, state, 0, timestampMs, value);
  }

  @Override
  public int encoding() {
    return ChunkEncoding.XOR;
  }

  @Override
  public int sampleCount() {
    return XorCodec.sampleCount(state, 0);
  }

  @Override
  public int lengthBytes() {
    return Math.max(XorCodec.HEADER_BYTES, XorCodec.lengthBytes(state, 0));
  }

  @Override
  public void copyTo(byte[] target, int offset) {
    System.arraycopy(buffer, 0, target, offset, XorCodec.seal(buffer, 0, state, 0));
  }

  @Override
  public byte[] cut() {
    byte[] chunk = toBytes();
    reset();
    return chunk;
  }

  /// A copy of the chunk.
  public byte[] toBytes() {
    int length = XorCodec.seal(buffer, 0, state, 0);
    return Arrays.copyOf(buffer, length);
  }
}
