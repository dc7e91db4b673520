package io.pallium.tsdb.head;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.pallium.base.HotPath;
import io.pallium.tsdb.index.LabelIndex.SlotColumns;
import io.pallium.tsdb.memory.PagedInts;
import io.pallium.tsdb.memory.PagedLongs;
import java.util.Arrays;
import java.util.concurrent.locks.ReentrantLock;

/// The one table of all series of all tenants: a slot is a number, and a series is what the columns
/// hold at it.
///
/// | column | written under |
/// |---|---|
/// | rows, newest closed chunk, owner | the lock of the slot's stripe |
/// | labels, order | the lock of the tenant's index |
/// | log ref | before the slot is known to others |
///
/// The owner of a slot is its generation and its tenant's number in the process. The generation
/// changes when the series leaves, so that a ref from before does not fit any more: to check a ref
/// costs one read.
@HotPath
final class SeriesTable {
  final PagedLongs rows = new PagedLongs(SeriesLayout.ROW_LONGS);
  final PagedLongs owners = new PagedLongs(1);
  final PagedLongs logRefs = new PagedLongs(1);
  final PagedInts closedChunks = new PagedInts();
  final SlotColumns columns = new SlotColumns(new PagedInts(), new PagedInts());

  // All columns of a slot, those of the index included.
  private static final long SLOT_BYTES =
      (SeriesLayout.ROW_LONGS + 2) * (long) Long.BYTES + 3 * Integer.BYTES;

  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private int[] freeSlots = new int[0];

  @GuardedBy("lock")
  private int freeCount;

  @GuardedBy("lock")
  private int slotEnd;

  // Slots below it have all their columns.
  private volatile int roomEnd;

  @GuardedBy("lock")
  private int nextGeneration = 1;

  /// Takes a slot for a new series and clears its columns. The caller holds no stripe's lock.
  int allocate(int tenant, long logRef) {
    int slot;
    int generation;
    lock.lock();
    try {
      if (freeCount > 0) {
        slot = freeSlots[--freeCount];
      } else {
        slot = slotEnd++;
        if (slot >= roomEnd) {
          grow(slot);
        }
      }
      generation = nextGeneration++;
    } finally {
      lock.unlock();
    }
    SeriesLayout.clearRow(rows.page(slot), rows.row(slot));
    closedChunks.set(slot, 0);
    logRefs.set(slot, logRef);
    owners.set(slot, owner(generation, tenant));
    return slot;
  }

  /// Gives slots back whose series nobody can see any more.
  void free(int[] slots, int count) {
    lock.lock();
    try {
      if (freeCount + count > freeSlots.length) {
        freeSlots = Arrays.copyOf(freeSlots, Math.max(freeSlots.length * 2, freeCount + count));
      }
      // The lowest on top: postings prefer slots that ascend.
      for (int i = count - 1; i >= 0; i--) {
        freeSlots[freeCount++] = slots[i];
      }
    } finally {
      lock.unlock();
    }
  }

  /// The memory of all columns.
  long allocatedBytes() {
    return roomEnd * SLOT_BYTES;
  }

  /// Whether a slot number can come from this table.
  boolean hasSlot(int slot) {
    return slot >= 0 && slot < roomEnd;
  }

  /// The ref that names the present series of a slot in this process.
  long ref(int slot) {
    return owners.get(slot) & 0xffff_ffff_0000_0000L | slot + 1;
  }

  /// Whether a slot still holds the series that a ref was given out for, and it is this tenant's.
  /// Under the stripe's lock.
  boolean isOwner(long ref, int slot, int tenant) {
    return owners.get(slot) == (ref & 0xffff_ffff_0000_0000L | tenant);
  }

  /// Makes all refs to a slot void. Under the stripe's lock.
  void retire(int slot) {
    owners.set(slot, 0);
  }

  static int slot(long ref) {
    return (int) ref - 1;
  }

  private static long owner(int generation, int tenant) {
    return (long) generation << 32 | tenant;
  }

  @GuardedBy("lock")
  private void grow(int slot) {
    rows.ensure(slot);
    owners.ensure(slot);
    logRefs.ensure(slot);
    closedChunks.ensure(slot);
    columns.labels().ensure(slot);
    columns.order().ensure(slot);
    roomEnd = (slot | 4095) + 1;
  }
}
