package io.pallium.tsdb.memory;

import io.pallium.base.HotPath;
import java.util.Arrays;

/// A column of ints by slot, in pages of 4,096 that never move. Growing is thread-safe; who may
/// read and write an element is up to the owner.
@HotPath
public final class PagedInts {
  private volatile int[][] pages = new int[0][];

  /// The element of a slot; 0 until it is set.
  public int get(int slot) {
    return pages[slot >>> Pages.SHIFT][slot & Pages.MASK];
  }

  public void set(int slot, int value) {
    pages[slot >>> Pages.SHIFT][slot & Pages.MASK] = value;
  }

  /// Makes the pages up to the one of `slot`.
  public synchronized void ensure(int slot) {
    int needed = (slot >>> Pages.SHIFT) + 1;
    int[][] present = pages;
    if (present.length >= needed) {
      return;
    }
    int[][] grown = Arrays.copyOf(present, needed);
    for (int page = present.length; page < needed; page++) {
      grown[page] = new int[Pages.SLOTS];
    }
    pages = grown;
  }
}
