package io.pallium.stores;

import io.pallium.objectstore.ObjectContent;
import io.pallium.objectstore.ObjectStore;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CountDownLatch;

/// Contents for tests, good and bad.
final class Contents {
  private Contents() {}

  static ObjectContent text(String text) {
    return ObjectContent.of(text.getBytes(StandardCharsets.UTF_8));
  }

  static String textOf(ObjectStore store, String name) {
    return new String(store.read(name, 0, 1 << 20).bytes(), StandardCharsets.UTF_8);
  }

  static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  /// As many times the same byte, which tells one version from another wherever one looks.
  static byte[] all(int value, int length) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }

  /// Says one length and has another.
  static ObjectContent misstated(byte[] bytes, long statedLength) {
    return new ObjectContent() {
      @Override
      public long lengthBytes() {
        return statedLength;
      }

      @Override
      public InputStream open() {
        return new ByteArrayInputStream(bytes);
      }
    };
  }

  /// Fails after some bytes.
  static ObjectContent failing(int failAfterBytes, long statedLength) {
    return breaking(
        failAfterBytes,
        statedLength,
        () -> {
          throw new IOException("planted: the source fails");
        });
  }

  /// Has some bytes, then none until the thread that waits for them is interrupted.
  static ObjectContent stalling(int stallAfterBytes, long statedLength, CountDownLatch stalled) {
    return breaking(
        stallAfterBytes,
        statedLength,
        () -> {
          stalled.countDown();
          try {
            new CountDownLatch(1).await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
          }
        });
  }

  /// What happens when the good part of a content is over.
  private interface Break {
    void run() throws IOException;
  }

  private static ObjectContent breaking(int goodBytes, long statedLength, Break end) {
    return new ObjectContent() {
      @Override
      public long lengthBytes() {
        return statedLength;
      }

      @Override
      public InputStream open() {
        return new FilterInputStream(new ByteArrayInputStream(all('x', goodBytes))) {
          @Override
          public int read() throws IOException {
            int next = super.read();
            if (next < 0) {
              end.run();
            }
            return next;
          }

          @Override
          public int read(byte[] target, int offset, int length) throws IOException {
            int count = super.read(target, offset, length);
            if (count < 0) {
              end.run();
            }
            return count;
          }
        };
      }
    };
  }
}
