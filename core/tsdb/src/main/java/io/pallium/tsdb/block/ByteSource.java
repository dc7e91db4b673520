package io.pallium.tsdb.block;

import java.lang.foreign.MemorySegment;

/// Bytes that can be read by range: a mapped file, or an object in a store. Thread-safe; usable
/// until the [BlockFiles] that opened it are closed.
public interface ByteSource {
  /// A path or an address, for messages.
  String name();

  long lengthBytes();

  /// The bytes `[offset, offset + lengthBytes)`, which lie within the source. They are valid until
  /// the files are closed, and are never changed.
  ///
  /// @throws io.pallium.base.UnavailableException if they cannot be had at the moment
  MemorySegment read(long offset, long lengthBytes);

  /// How many bytes a reader had better ask for at once, even if it needs fewer: what is near is
  /// often needed next. `Long.MAX_VALUE` where reading costs nothing before the bytes are touched.
  long readAheadBytes();
}
