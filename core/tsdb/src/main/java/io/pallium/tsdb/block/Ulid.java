package io.pallium.tsdb.block;

import java.util.random.RandomGenerator;

/// The names of blocks: 26 characters of Crockford's base 32, 48 bits of time in milliseconds and
/// then 80 random bits, so that names sort by time.
public final class Ulid {
  private static final String ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  private static final int LENGTH = 26;
  private static final int TIME_LENGTH = 10;

  private Ulid() {}

  /// A new name.
  ///
  /// @param timestampMs 0 to 2^48 - 1
  public static String next(long timestampMs, RandomGenerator random) {
    char[] text = new char[LENGTH];
    long time = timestampMs;
    for (int i = TIME_LENGTH - 1; i >= 0; i--) {
      text[i] = ALPHABET.charAt((int) (time & 31));
      time >>>= 5;
    }
    for (int i = TIME_LENGTH; i < LENGTH; i++) {
      text[i] = ALPHABET.charAt(random.nextInt(32));
    }
    return new String(text);
  }

  /// Whether a file name is that of a block.
  public static boolean isValid(String text) {
    if (text.length() != LENGTH || text.charAt(0) > '7') {
      return false;
    }
    for (int i = 0; i < LENGTH; i++) {
      if (ALPHABET.indexOf(text.charAt(i)) < 0) {
        return false;
      }
    }
    return true;
  }

  /// The time in a valid name, in milliseconds.
  public static long timestampMs(String text) {
    long time = 0;
    for (int i = 0; i < TIME_LENGTH; i++) {
      time = time << 5 | ALPHABET.indexOf(text.charAt(i));
    }
    return time;
  }
}
