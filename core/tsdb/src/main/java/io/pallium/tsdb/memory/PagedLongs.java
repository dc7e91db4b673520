package io.pallium.tsdb.memory;

import io.pallium.base.HotPath;
import java.util.Arrays;

/// A column of rows of longs by slot, in pages of 4,096 rows that never move. Growing is
/// thread-safe; who may read and write an element is up to the owner.
@HotPath
public final class PagedLongs {
  private final int rowLongs;
  private volatile long[][] pages = new long[0][];

  /// @param rowLongs the longs per slot
  public PagedLongs(int rowLongs) {
    this.rowLongs = rowLongs;
  }

  /// The page that holds a slot's row.
  public long[] page(int slot) {
    return pages[slot >>> Pages.SHIFT];
  }

  /// Where in its page a slot's row begins.
  public int row(int slot) {
    return (slot & Pages.MASK) * rowLongs;
  }

  /// The first long of a slot's row.
  public long get(int slot) {
    return pages[slot >>> Pages.SHIFT][(slot & Pages.MASK) * rowLongs];
  }

  public void set(int slot, long value) {
    pages[slot >>> Pages.SHIFT][(slot & Pages.MASK) * rowLongs] = value;
  }

  /// Makes the pages up to the one of `slot`.
  public synchronized void ensure(int slot) {
    int needed = (slot >>> Pages.SHIFT) + 1;
    long[][] present = pages;
    if (present.length >= needed) {
      return;
    }
    long[][] grown = Arrays.copyOf(present, needed);
    for (int page = present.length; page < needed; page++) {
      grown[page] = new long[Pages.SLOTS * rowLongs];
    }
    pages = grown;
  }
}
