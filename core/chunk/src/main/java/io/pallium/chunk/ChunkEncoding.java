package io.pallium.chunk;

import io.pallium.base.CorruptDataException;

/// The numbers that say in block files how a chunk is encoded. Source: docs/formats/chunk.md.
public final class ChunkEncoding {
  /// Float samples: [XorCodec].
  public static final int XOR = 1;

  /// Histograms with integer counts: [HistogramCodec].
  public static final int HISTOGRAM = 2;

  /// Histograms with float counts: [HistogramCodec].
  public static final int FLOAT_HISTOGRAM = 3;

  /// Float samples, with start timestamps: [Xor2Codec].
  public static final int XOR2 = 4;

  /// Histograms with integer counts and start timestamps: [HistogramCodec].
  public static final int STARTED_HISTOGRAM = 5;

  /// Histograms with float counts and start timestamps: [HistogramCodec].
  public static final int STARTED_FLOAT_HISTOGRAM = 6;

  private ChunkEncoding() {}

  /// Whether chunks of an encoding hold float samples.
  public static boolean isFloat(int encoding) {
    return encoding == XOR || encoding == XOR2;
  }

  /// Whether chunks of an encoding may hold start timestamps.
  public static boolean hasStarts(int encoding) {
    return encoding >= XOR2;
  }

  /// The number of samples that a chunk says it has.
  ///
  /// @throws CorruptDataException if the encoding is not known or the chunk has no header
  public static int sampleCount(int encoding, byte[] source, int offset, int lengthBytes) {
    return switch (encoding) {
      case XOR -> XorCodec.sampleCount(source, offset, lengthBytes);
      case XOR2 -> Xor2Codec.sampleCount(source, offset, lengthBytes);
      case HISTOGRAM, FLOAT_HISTOGRAM, STARTED_HISTOGRAM, STARTED_FLOAT_HISTOGRAM ->
          HistogramCodec.sampleCount(encoding, source, offset, lengthBytes);
      default -> throw new CorruptDataException("has the unknown encoding " + encoding);
    };
  }
}
