package io.pallium.objectstore;

import java.io.ByteArrayInputStream;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// What is going to be an object. It can be read again, since a store that fails is tried again.
public interface ObjectContent {
  /// The length, known beforehand.
  long lengthBytes();

  /// A stream over all of the content, from its start; the caller closes it. Each call makes a new
  /// one.
  InputStream open() throws IOException;

  /// A stream that fails where the content turns out to be shorter or longer than it said.
  default InputStream openExactly() throws IOException {
    return new ExactStream(open(), lengthBytes());
  }

  /// Bytes in memory, which must not change any more.
  static ObjectContent of(byte[] bytes) {
    return new ObjectContent() {
      @Override
      public long lengthBytes() {
        return bytes.length;
      }

      @Override
      public InputStream open() {
        return new ByteArrayInputStream(bytes);
      }
    };
  }

  /// A file, which must not change any more.
  static ObjectContent of(Path file) {
    long lengthBytes;
    try {
      lengthBytes = Files.size(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new ObjectContent() {
      @Override
      public long lengthBytes() {
        return lengthBytes;
      }

      @Override
      public InputStream open() throws IOException {
        return new FileInputStream(file.toFile());
      }
    };
  }
}
