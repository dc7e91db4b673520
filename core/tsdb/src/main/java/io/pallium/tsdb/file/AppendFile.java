package io.pallium.tsdb.file;

import java.io.IOException;

/// A file open for appending. Confined to one thread at a time.
public interface AppendFile extends AutoCloseable {
  /// Appends bytes; may write fewer than asked.
  ///
  /// @return how many were written, at least 1 if `lengthBytes` is positive
  int write(byte[] source, int offset, int lengthBytes) throws IOException;

  /// Appends all the bytes.
  default void writeFully(byte[] source, int offset, int lengthBytes) throws IOException {
    int done = 0;
    while (done < lengthBytes) {
      done += write(source, offset + done, lengthBytes - done);
    }
  }

  /// Makes the content durable. After a failure nothing is known about what was written since the
  /// last success: never try again on the same file.
  void force() throws IOException;

  /// The length so far.
  long lengthBytes();

  @Override
  void close() throws IOException;
}
