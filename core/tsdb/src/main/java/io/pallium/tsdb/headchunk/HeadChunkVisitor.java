package io.pallium.tsdb.headchunk;

/// Takes the chunks that a start finds in the files, in the order in which they were written.
@FunctionalInterface
public interface HeadChunkVisitor {
  /// A chunk whose checksums fit.
  ///
  /// @param ref of its series in the log
  /// @param isOutOfOrder whether its samples came out of order: then it is in no chain
  /// @param position of the chunk, for [HeadChunkFiles.Reader#read]
  /// @param previous position of the chunk before it of its series; 0 if it was the only one
  /// @param hasPrevious whether the file of the chunk before is still one of the files
  void chunk(
      long ref,
      int encoding,
      boolean isOutOfOrder,
      long position,
      int lengthBytes,
      long minTimeMs,
      long maxTimeMs,
      long previous,
      boolean hasPrevious);
}
