package io.pallium.tsdb.file;

import java.io.IOException;

/// A file open for positional reading. Thread-safe.
public interface ReadFile extends AutoCloseable {
  /// Reads from a place in the file; may read fewer bytes than asked.
  ///
  /// @return how many were read; 0 or less at the end of the file
  int read(long position, byte[] target, int offset, int lengthBytes) throws IOException;

  /// The length when it was opened.
  long lengthBytes();

  @Override
  void close() throws IOException;
}
