package io.pallium.stores;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.objectstore.ObjectContent;
import io.pallium.objectstore.ObjectRange;
import java.io.InputStream;
import java.nio.ByteBuffer;

/// Contents that say in each of their words which version they are, and where in it: whatever range
/// is read, it tells whether it is of one version and whole.
///
/// Length and number of a version are one: the length is a multiple of 8, and the number is in
/// every word.
record Version(int number, long lengthBytes) implements ObjectContent {
  private static final int WORD_BYTES = 8;

  Version {
    if (lengthBytes % WORD_BYTES != 0 || lengthBytes == 0) {
      throw new IllegalArgumentException("length must be whole words, was " + lengthBytes);
    }
  }

  private static long word(int number, long index) {
    return (long) number << Integer.SIZE | index & 0xffff_ffffL;
  }

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
          long word = word(number, at / WORD_BYTES);
          target[offset + i] = (byte) (word >>> (WORD_BYTES - 1 - at % WORD_BYTES) * Byte.SIZE);
        }
        return count;
      }
    };
  }

  /// The number of the version that a range is of, of which all must be.
  ///
  /// @param offset of the range, whole words
  static int numberOf(ObjectRange range, long offset) {
    ByteBuffer words = ByteBuffer.wrap(range.bytes());
    assertThat(words.remaining()).as("bytes of a range").isPositive();
    assertThat(words.remaining() % WORD_BYTES).isZero();
    int number = (int) (words.getLong(0) >>> Integer.SIZE);
    for (long index = offset / WORD_BYTES; words.hasRemaining(); index++) {
      long word = words.getLong();
      if (word != word(number, index)) {
        throw new AssertionError(
            "word %d is %x in a range of version %d".formatted(index, word, number));
      }
    }
    return number;
  }
}
