package io.pallium.chunk;

/// The numbers that say in block files how a chunk is encoded. Source: docs/formats/chunk.md.
public final class ChunkEncoding {
  /// Float samples: [XorCodec].
  public static final int XOR = 1;

  /// Histograms with integer counts: [HistogramCodec].
  public static final int HISTOGRAM = 2;

  /// Histograms with float counts: [HistogramCodec].
  public static final int FLOAT_HISTOGRAM = 3;

  private ChunkEncoding() {}
}
