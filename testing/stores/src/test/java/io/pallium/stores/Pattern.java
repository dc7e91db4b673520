package io.pallium.stores;

import io.pallium.objectstore.ObjectContent;
import java.io.InputStream;

/// Content of any length that takes no memory: each byte follows from its place.
record Pattern(long lengthBytes) implements ObjectContent {
  @Override
  public InputStream open() {
    return new InputStream() {
      private long at;

      @Override
      public int read() {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] target, int offset, int length) {
        if (at == lengthBytes) {
          return -1;
        }
        int count = (int) Math.min(length, lengthBytes - at);
        for (int i = 0; i < count; i++, at++) {
          target[offset + i] = (byte) (at * 31 + (at >>> 13));
        }
        return count;
      }
    };
  }
}
