package io.pallium.tsdb.index;

import io.pallium.base.HotPath;
import java.util.Arrays;

/// A set of pair ids. Confined.
@HotPath
final class PairBits {
  private long[] words;

  /// @param idEnd ids are below this, most of them
  PairBits(int idEnd) {
    words = new long[(idEnd >> 6) + 1];
  }

  /// Adds an id.
  ///
  /// @return whether it was new
  boolean add(int id) {
    if (id >> 6 >= words.length) {
      words = Arrays.copyOf(words, (id >> 6) + 1 + words.length / 2);
    }
    long bit = 1L << id;
    long word = words[id >> 6];
    words[id >> 6] = word | bit;
    return (word & bit) == 0;
  }

  boolean has(int id) {
    return id >> 6 < words.length && (words[id >> 6] & 1L << id) != 0;
  }

  /// The lowest id from `from` on, or -1.
  int next(int from) {
    int at = from >> 6;
    if (at >= words.length) {
      return -1;
    }
    long word = words[at] & -1L << from;
    while (word == 0) {
      if (++at == words.length) {
        return -1;
      }
      word = words[at];
    }
    return at << 6 | Long.numberOfTrailingZeros(word);
  }
}
