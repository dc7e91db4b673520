package io.pallium.tsdb.block;

import io.pallium.tsdb.file.AppendFile;
import io.pallium.tsdb.file.DurableFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/// A file of a block while it is written: buffered, in the number forms of the format, with the
/// checksum of what was written since [#beginChecksum]. Confined to one thread.
final class BlockOutput implements AutoCloseable {
  private static final int BUFFER_BYTES = 256 << 10;

  private final AppendFile file;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private final CRC32C crc = new CRC32C();
  private int filled;
  private int checked;
  private long flushed;

  BlockOutput(DurableFiles files, Path path) throws IOException {
    this.file = files.create(path);
  }

  long position() {
    return flushed + filled;
  }

  void beginChecksum() {
    crc.reset();
    checked = filled;
  }

  /// Writes the checksum of everything since [#beginChecksum].
  void endChecksum() throws IOException {
    crc.update(buffer, checked, filled - checked);
    checked = filled;
    be32(crc.getValue());
  }

  void octet(int value) throws IOException {
    if (filled == BUFFER_BYTES) {
      flush();
    }
    buffer[filled++] = (byte) value;
  }

  void be32(long value) throws IOException {
    for (int shift = 24; shift >= 0; shift -= 8) {
      octet((int) (value >>> shift));
    }
  }

  void be64(long value) throws IOException {
    be32(value >>> 32);
    be32(value);
  }

  void uvarint(long value) throws IOException {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      octet((int) rest & 0x7f | 0x80);
      rest >>>= 7;
    }
    octet((int) rest);
  }

  void svarint(long value) throws IOException {
    uvarint(value << 1 ^ value >> 63);
  }

  void bytes(byte[] source, int offset, int lengthBytes) throws IOException {
    int done = 0;
    while (done < lengthBytes) {
      if (filled == BUFFER_BYTES) {
        flush();
      }
      int part = Math.min(lengthBytes - done, BUFFER_BYTES - filled);
      System.arraycopy(source, offset + done, buffer, filled, part);
      filled += part;
      done += part;
    }
  }

  void pad(int alignment) throws IOException {
    while (position() % alignment != 0) {
      octet(0);
    }
  }

  /// The bytes that [#uvarint] takes for a value.
  static int uvarintLength(long value) {
    return (70 - Long.numberOfLeadingZeros(value | 1)) / 7;
  }

  void flush() throws IOException {
    crc.update(buffer, checked, filled - checked);
    checked = 0;
    file.writeFully(buffer, 0, filled);
    flushed += filled;
    filled = 0;
  }

  /// Writes what is buffered and makes it durable.
  void force() throws IOException {
    flush();
    file.force();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
