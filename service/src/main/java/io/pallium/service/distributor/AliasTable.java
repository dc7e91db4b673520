package io.pallium.service.distributor;

import io.pallium.base.HotPath;
import io.pallium.base.memory.MemoryBudget;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/// The aliases of one generation of an [AliasCache]: an open-addressing table over rows that are
/// only ever appended.
///
/// A row is a key (128 bits, see [AliasKey]), a verdict (0: accepted; else the ordinal of the
/// reject reason + 1), a ring token, and the row that followed it last time, as a guess for the
/// next look-up. Refs stand apart, in one column for each ingester.
///
/// Threads: rows are appended under the lock of the cache and read without it. A reader gets to a
/// row only through a slot or a successor, which are written with release after everything that
/// makes up the row and read with acquire; keys, verdicts and tokens never change, and no memory is
/// used twice while the table is reachable. A successor is a guess that the key comparison checks.
/// A ref column belongs to one incarnation of one ingester for its whole life, so a ref read from
/// it is a ref of that incarnation whatever else happens; a ref that is lost by growing at the same
/// time costs one more sending with labels.
///
/// Memory: arrays are reserved from the budget before they are made, with a ref column for every
/// ingester. What a table without rows takes is not counted: some hundred bytes.
///
/// Cost: a guessed row is one comparison of the key; a looked-up row, at a load of at most one
/// half, about 1.5 slots.
@HotPath
final class AliasTable {
  /// What a row takes beside its refs: slots, key, token, verdict, successor.
  private static final int ROW_BYTES = 16 + 16 + 4 + 1 + 4;

  static final int NONE = -1;

  private static final int MAX_PROBES = 256;

  private static final VarHandle LONGS = MethodHandles.arrayElementVarHandle(long[].class);
  private static final VarHandle INTS = MethodHandles.arrayElementVarHandle(int[].class);

  /// The refs of one incarnation of one ingester.
  private record RefColumn(long incarnation, long[] refs) {}

  /// Upper half of the first half of the key, and row + 1 in the lower half; 0 is free.
  private final long[] slots;

  /// Two for each row.
  private final long[] keys;

  private final int[] tokens;
  private final byte[] verdicts;

  /// Row + 1 of the row that came next; 0 is unknown.
  private final int[] successors;

  private final AtomicReferenceArray<@Nullable RefColumn> refColumns;

  /// Shared with the tables that this one grows into.
  private final MemoryBudget budget;

  private int rowCount;

  /// @param budget of this table alone
  AliasTable(int ingesterCount, MemoryBudget budget) {
    this(1, ingesterCount, budget);
  }

  private AliasTable(int rowCapacity, int ingesterCount, MemoryBudget budget) {
    slots = new long[rowCapacity * 2];
    keys = new long[rowCapacity * 2];
    tokens = new int[rowCapacity];
    verdicts = new byte[rowCapacity];
    successors = new int[rowCapacity];
    refColumns = new AtomicReferenceArray<>(ingesterCount);
    this.budget = budget;
  }

  /// The row of a key, or [#NONE].
  int find(AliasKey key) {
    int mask = slots.length - 1;
    int position = key.hash() & mask;
    for (int probe = 0; probe < MAX_PROBES; probe++) {
      long slot = (long) LONGS.getAcquire(slots, position);
      if (slot == 0) {
        return NONE;
      }
      if ((int) (slot >>> 32) == key.hash()) {
        int row = (int) slot - 1;
        if (matches(row, key)) {
          return row;
        }
      }
      position = (position + 1) & mask;
    }
    return NONE;
  }

  /// The row that came after `row` last time if it has this key, or [#NONE].
  int findAfter(int row, AliasKey key) {
    int guess = (int) INTS.getAcquire(successors, row) - 1;
    return guess >= 0 && matches(guess, key) ? guess : NONE;
  }

  /// Remembers which row came after another.
  void follow(int row, int next) {
    INTS.setRelease(successors, row, next + 1);
  }

  /// 0, or the ordinal of the reject reason + 1.
  int verdict(int row) {
    return verdicts[row];
  }

  int token(int row) {
    return tokens[row];
  }

  /// The ref of a row at one incarnation of an ingester, or 0.
  long ref(int row, int ingester, long incarnation) {
    RefColumn column = refColumns.get(ingester);
    return column == null || column.incarnation != incarnation
        ? 0
        : (long) LONGS.getOpaque(column.refs, row);
  }

  /// Keeps a ref. Refs of another incarnation of the ingester are forgotten.
  void putRef(int row, int ingester, long incarnation, long ref) {
    RefColumn column = refColumns.get(ingester);
    while (column == null || column.incarnation != incarnation) {
      RefColumn fresh = new RefColumn(incarnation, new long[tokens.length]);
      if (refColumns.compareAndSet(ingester, column, fresh)) {
        column = fresh;
      } else {
        column = refColumns.get(ingester);
      }
    }
    LONGS.setOpaque(column.refs, row, ref);
  }

  /// Copies the refs of another table's row, but for those of an incarnation that is not the one
  /// known here.
  void takeRefs(int row, AliasTable other, int otherRow) {
    for (int ingester = 0; ingester < other.refColumns.length(); ingester++) {
      RefColumn column = other.refColumns.get(ingester);
      RefColumn mine = refColumns.get(ingester);
      if (column != null && (mine == null || mine.incarnation == column.incarnation)) {
        long ref = (long) LONGS.getOpaque(column.refs, otherRow);
        if (ref != 0) {
          putRef(row, ingester, column.incarnation, ref);
        }
      }
    }
  }

  int rowCount() {
    return rowCount;
  }

  /// What is reserved for the rows there are and for some more.
  long reservedBytes() {
    return budget.reservedBytes();
  }

  /// Gives back what is reserved. Under the lock of the cache; after it, nothing may be appended.
  /// Who still reads the table may go on: the memory itself goes with the last of them.
  void release() {
    budget.close();
  }

  /// Whether one more row has room within the table's own limit, whatever others use. Under the
  /// lock of the cache.
  boolean mayTake() {
    return missingBytes() <= budget.limitBytes() - budget.reservedBytes();
  }

  /// Makes room for one more row. Under the lock of the cache.
  ///
  /// @return this table, or the one that it grew into and that takes its place; null if the budget
  ///   is used up
  @Nullable AliasTable withRoom() {
    if (!budget.tryReserve(missingBytes())) {
      return null;
    }
    return isFull() ? grow() : this;
  }

  private long missingBytes() {
    // Growing doubles the columns, so it takes as much again.
    return isFull() ? (long) tokens.length * (ROW_BYTES + 8L * refColumns.length()) : 0;
  }

  private boolean isFull() {
    return rowCount == tokens.length;
  }

  /// A table with the same rows and twice the room; nothing may be appended here any more.
  private AliasTable grow() {
    AliasTable grown = new AliasTable(tokens.length * 2, refColumns.length(), budget);
    System.arraycopy(keys, 0, grown.keys, 0, rowCount * 2);
    System.arraycopy(tokens, 0, grown.tokens, 0, rowCount);
    System.arraycopy(verdicts, 0, grown.verdicts, 0, rowCount);
    for (int row = 0; row < rowCount; row++) {
      grown.successors[row] = (int) INTS.getAcquire(successors, row);
    }
    for (long slot : slots) {
      if (slot != 0) {
        grown.occupy(slot);
      }
    }
    for (int i = 0; i < refColumns.length(); i++) {
      RefColumn column = refColumns.get(i);
      if (column != null) {
        long[] refs = new long[grown.tokens.length];
        for (int row = 0; row < rowCount; row++) {
          refs[row] = (long) LONGS.getOpaque(column.refs, row);
        }
        grown.refColumns.set(i, new RefColumn(column.incarnation, refs));
      }
    }
    grown.rowCount = rowCount;
    return grown;
  }

  /// Appends a row, under the lock of the cache, into what [#withRoom] gave. Its key must not be
  /// there yet. If there is no slot for it, it is left out.
  void append(AliasKey key, int verdict, int token) {
    int row = rowCount;
    keys[2 * row] = key.first();
    keys[2 * row + 1] = key.second();
    tokens[row] = token;
    verdicts[row] = (byte) verdict;
    if (occupy((long) key.hash() << 32 | (row + 1))) {
      rowCount++;
    }
  }

  private boolean occupy(long slot) {
    int mask = slots.length - 1;
    int position = (int) (slot >>> 32) & mask;
    for (int probe = 0; probe < MAX_PROBES; probe++) {
      if (slots[position] == 0) {
        LONGS.setRelease(slots, position, slot);
        return true;
      }
      position = (position + 1) & mask;
    }
    return false;
  }

  private boolean matches(int row, AliasKey key) {
    return keys[2 * row] == key.first() && keys[2 * row + 1] == key.second();
  }
}
