package io.pallium.objectstore;

import java.io.IOException;
import java.io.InputStream;

/// A stream that has exactly as many bytes as it should, or fails.
final class ExactStream extends InputStream {
  private final InputStream in;
  private final long lengthBytes;
  private long leftBytes;

  ExactStream(InputStream in, long lengthBytes) {
    this.in = in;
    this.lengthBytes = lengthBytes;
    this.leftBytes = lengthBytes;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (leftBytes == 0) {
      if (in.read() >= 0) {
        throw new IOException("content goes on after the " + lengthBytes + " bytes that it has");
      }
      return -1;
    }
    int count = in.read(target, offset, (int) Math.min(length, leftBytes));
    if (count < 0) {
      throw new IOException(
          "content ended after " + (lengthBytes - leftBytes) + " of " + lengthBytes + " bytes");
    }
    leftBytes -= count;
    return count;
  }

  @Override
  public int available() throws IOException {
    return (int) Math.min(in.available(), leftBytes);
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
