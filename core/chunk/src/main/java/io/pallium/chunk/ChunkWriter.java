package io.pallium.chunk;

/// An open chunk of one encoding: what all of them have but for how a sample is appended.
sealed interface ChunkWriter permits XorWriter, Xor2Writer, HistogramWriter {
  /// How the open chunk is encoded: of [ChunkEncoding].
  int encoding();

  /// The samples in the open chunk.
  int sampleCount();

  /// The bytes of the open chunk so far, the header included.
  int lengthBytes();

  /// Copies the open chunk, which stays open; `target` has room for [#lengthBytes].
  void copyTo(byte[] target, int offset);

  /// Ends the open chunk and opens the next one of the same series.
  ///
  /// @return the ended chunk
  byte[] cut();
}
