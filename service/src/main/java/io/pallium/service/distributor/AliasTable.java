package io.pallium.service.distributor;

import io.pallium.base.HotPath;
import io.pallium.base.memory.MemoryBudget;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/// The aliases of one generation of an [AliasCache]: an open-addressing table over rows that are
/// only ever appended.
///
/// A row is a key (label bytes as they came on the wire, copied into a slab), a verdict (0:
/// accepted; else the ordinal of the reject reason + 1), a ring token, and the row that followed it
/// last time, as a guess for the next look-up. Refs stand apart, in one column for each ingester.
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
/// Cost: a guessed row is one comparison of the key; a looked-up row one hash and, at a load of at
/// most one half, about 1.5 slots.
@HotPath
final class AliasTable {
  /// Longer keys are not kept.
  static final int MAX_KEY_BYTES = 1 << 16;

  /// What a row takes beside its key and its refs: slots, location, token, verdict, successor.
  private static final int ROW_BYTES = 16 + 8 + 4 + 1 + 4;

  static final int NONE = -1;

  private static final int MAX_PROBES = 256;
  private static final int MIN_SLAB_BYTES = 1 << 12;
  private static final int MAX_SLAB_BYTES = 1 << 20;
  private static final int LOCATION_BITS = 20;
  private static final int LOCATION_MASK = (1 << LOCATION_BITS) - 1;

  private static final VarHandle LONGS = MethodHandles.arrayElementVarHandle(long[].class);
  private static final VarHandle INTS = MethodHandles.arrayElementVarHandle(int[].class);

  /// The refs of one incarnation of one ingester.
  private record RefColumn(long incarnation, long[] refs) {}

  /// Hash in the upper half, row + 1 in the lower; 0 is free.
  private final long[] slots;

  /// Slab, offset in it and length, 20 bits each.
  private final long[] locations;

  private final int[] tokens;
  private final byte[] verdicts;

  /// Row + 1 of the row that came next; 0 is unknown.
  private final int[] successors;

  private final AtomicReferenceArray<@Nullable RefColumn> refColumns;

  /// Shared with the tables that this one grows into.
  private final MemoryBudget budget;

  /// Replaced by a longer array before a slot is released that leads to a slab in it.
  private byte[][] slabs;

  private int rowCount;
  private int slabCount;
  private int slabUsedBytes;

  /// @param budget of this table alone
  AliasTable(int ingesterCount, MemoryBudget budget) {
    this(1, ingesterCount, budget, new byte[4][]);
  }

  private AliasTable(int rowCapacity, int ingesterCount, MemoryBudget budget, byte[][] slabs) {
    slots = new long[rowCapacity * 2];
    locations = new long[rowCapacity];
    tokens = new int[rowCapacity];
    verdicts = new byte[rowCapacity];
    successors = new int[rowCapacity];
    refColumns = new AtomicReferenceArray<>(ingesterCount);
    this.budget = budget;
    this.slabs = slabs;
  }

  /// The row of a key, or [#NONE].
  int find(int hash, byte[] source, int offset, int lengthBytes) {
    int mask = slots.length - 1;
    int position = hash & mask;
    for (int probe = 0; probe < MAX_PROBES; probe++) {
      long slot = (long) LONGS.getAcquire(slots, position);
      if (slot == 0) {
        return NONE;
      }
      if ((int) (slot >>> 32) == hash) {
        int row = (int) slot - 1;
        if (matches(row, source, offset, lengthBytes)) {
          return row;
        }
      }
      position = (position + 1) & mask;
    }
    return NONE;
  }

  /// The row that came after `row` last time if it has this key, or [#NONE].
  int findAfter(int row, byte[] source, int offset, int lengthBytes) {
    int guess = (int) INTS.getAcquire(successors, row) - 1;
    return guess >= 0 && matches(guess, source, offset, lengthBytes) ? guess : NONE;
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
      RefColumn fresh = new RefColumn(incarnation, new long[locations.length]);
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

  /// Whether a key of this length has room within the table's own limit, whatever others use. Under
  /// the lock of the cache.
  boolean mayTake(int lengthBytes) {
    return missingBytes(lengthBytes) <= budget.limitBytes() - budget.reservedBytes();
  }

  /// Makes room for one more row. Under the lock of the cache.
  ///
  /// @return this table, or the one that it grew into and that takes its place; null if the budget
  ///   is used up
  @Nullable AliasTable withRoomFor(int lengthBytes) {
    if (!budget.tryReserve(missingBytes(lengthBytes))) {
      return null;
    }
    AliasTable table = isFull() ? grow() : this;
    if (!hasRoomInSlab(lengthBytes)) {
      table.addSlab(nextSlabBytes(lengthBytes));
    }
    return table;
  }

  private long missingBytes(int lengthBytes) {
    // Growing doubles the columns, so it takes as much again.
    long columns = isFull() ? (long) locations.length * (ROW_BYTES + 8L * refColumns.length()) : 0;
    return columns + (hasRoomInSlab(lengthBytes) ? 0 : nextSlabBytes(lengthBytes));
  }

  private boolean isFull() {
    return rowCount == locations.length;
  }

  /// A table with the same rows and twice the room; nothing may be appended here any more.
  private AliasTable grow() {
    AliasTable grown = new AliasTable(locations.length * 2, refColumns.length(), budget, slabs);
    System.arraycopy(locations, 0, grown.locations, 0, rowCount);
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
        long[] refs = new long[grown.locations.length];
        for (int row = 0; row < rowCount; row++) {
          refs[row] = (long) LONGS.getOpaque(column.refs, row);
        }
        grown.refColumns.set(i, new RefColumn(column.incarnation, refs));
      }
    }
    grown.rowCount = rowCount;
    grown.slabCount = slabCount;
    grown.slabUsedBytes = slabUsedBytes;
    return grown;
  }

  /// Appends a row, under the lock of the cache, into what [#withRoomFor] gave for its key, which
  /// must not be there yet. If there is no slot for it, it is left out.
  void append(int hash, byte[] source, int offset, int lengthBytes, int verdict, int token) {
    int row = rowCount;
    System.arraycopy(source, offset, slabs[slabCount - 1], slabUsedBytes, lengthBytes);
    locations[row] =
        (long) (slabCount - 1) << (2 * LOCATION_BITS)
            | (long) slabUsedBytes << LOCATION_BITS
            | lengthBytes;
    tokens[row] = token;
    verdicts[row] = (byte) verdict;
    if (occupy((long) hash << 32 | (row + 1))) {
      slabUsedBytes += lengthBytes;
      rowCount++;
    }
  }

  private boolean hasRoomInSlab(int lengthBytes) {
    return slabCount > 0 && slabs[slabCount - 1].length - slabUsedBytes >= lengthBytes;
  }

  private int nextSlabBytes(int lengthBytes) {
    int size = slabCount == 0 ? MIN_SLAB_BYTES : slabs[slabCount - 1].length * 2;
    return Math.min(MAX_SLAB_BYTES, Math.max(size, lengthBytes));
  }

  private void addSlab(int sizeBytes) {
    if (slabCount == slabs.length) {
      slabs = Arrays.copyOf(slabs, slabs.length * 2);
    }
    slabs[slabCount++] = new byte[sizeBytes];
    slabUsedBytes = 0;
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

  private boolean matches(int row, byte[] source, int offset, int lengthBytes) {
    long location = locations[row];
    if ((location & LOCATION_MASK) != lengthBytes) {
      return false;
    }
    int from = (int) (location >>> LOCATION_BITS) & LOCATION_MASK;
    byte[] slab = slabs[(int) (location >>> (2 * LOCATION_BITS))];
    return Arrays.equals(slab, from, from + lengthBytes, source, offset, offset + lengthBytes);
  }
}
