package io.pallium.tsdb.head;

import io.pallium.base.HotPath;
import io.pallium.model.RejectReason;
import io.pallium.model.WriteBatch;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The series of the batch that is being committed: finds them by ref or labels, makes new ones,
/// and holds the locks of their stripes. Confined to its appender; keeps its room.
///
/// The slot of an entry is negative if it has none: see the constants.
@HotPath
final class BatchSeries {
  static final int UNRESOLVED = -1;
  static final int UNKNOWN_REF = -2;
  static final int REFUSED = -3;
  static final int NOTHING_TO_DO = -4;

  private static final int FIRST_ENTRIES = 64;

  private static final WriteBatch NO_BATCH = new WriteBatch();

  private final Head head;
  private final SeriesTable table;

  private int[] slots = new int[FIRST_ENTRIES];
  private long[] refs = new long[FIRST_ENTRIES];
  private @Nullable RejectReason[] refusals = new RejectReason[FIRST_ENTRIES];
  private int[] unpublished = new int[16];
  private int unpublishedCount;
  private int[] created = new int[16];
  private int createdCount;
  private long stripeMask;
  private TenantHead tenant;
  private WriteBatch batch = NO_BATCH;

  BatchSeries(Head head, SeriesTable table, TenantHead tenant) {
    this.head = head;
    this.table = table;
    this.tenant = tenant;
  }

  /// Begins a batch.
  ///
  /// @return the slots of its entries, to be filled by [#lock]
  int[] begin(TenantHead newTenant, WriteBatch newBatch) {
    tenant = newTenant;
    batch = newBatch;
    int count = batch.seriesCount();
    boolean isTooLarge =
        slots.length > HeadAppender.KEPT_ENTRIES && count < HeadAppender.KEPT_ENTRIES / 4;
    if (slots.length < count || isTooLarge) {
      int room = isTooLarge ? HeadAppender.KEPT_ENTRIES / 4 : Math.max(count, slots.length * 2);
      slots = new int[room];
      refs = new long[room];
      refusals = new RejectReason[room];
    }
    unpublishedCount = 0;
    createdCount = 0;
    stripeMask = 0;
    return slots;
  }

  /// Forgets the batch.
  void end() {
    batch = NO_BATCH;
  }

  /// Whether some series are not in the index yet.
  boolean hasUnpublished() {
    return unpublishedCount > 0;
  }

  /// Why an entry has no series, if it was refused one.
  @Nullable RejectReason refusal(int entry) {
    return slots[entry] == REFUSED ? refusals[entry] : null;
  }

  /// The ref that names the series of an entry that has one.
  long ref(int entry) {
    return refs[entry];
  }

  /// Whether the slot of an entry still holds its series.
  boolean isOwner(int entry) {
    return table.isOwner(refs[entry], slots[entry], tenant.processNumber());
  }

  private void resolveRefs() {
    boolean isSession = batch.receiverIncarnation() == head.incarnation();
    for (int i = 0; i < batch.seriesCount(); i++) {
      long ref = batch.ref(i);
      refs[i] = ref;
      int slot = SeriesTable.slot(ref);
      if (ref != WriteBatch.NO_REF && isSession && table.hasSlot(slot)) {
        slots[i] = slot;
      } else {
        slots[i] = unresolved(i);
      }
    }
  }

  private int unresolved(int entry) {
    if (batch.labelsStart(entry) < batch.labelsEnd(entry)) {
      return UNRESOLVED;
    }
    if (batch.ref(entry) != WriteBatch.NO_REF) {
      return UNKNOWN_REF;
    }
    refusals[entry] = RejectReason.NO_LABELS;
    return REFUSED;
  }

  /// Finds or makes all series and takes their stripes' locks, with all owners checked.
  void lock() {
    resolveRefs();
    while (true) {
      boolean isResolved = true;
      long mask = 0;
      for (int i = 0; i < batch.seriesCount(); i++) {
        isResolved &= slots[i] != UNRESOLVED;
      }
      if (!isResolved) {
        resolveLabels();
      }
      for (int i = 0; i < batch.seriesCount(); i++) {
        if (slots[i] >= 0) {
          mask |= 1L << SeriesLayout.stripe(slots[i]);
        }
      }
      lockStripes(mask);
      if (checkOwners()) {
        return;
      }
      unlock();
    }
  }

  private void resolveLabels() {
    tenant.index().lock().writeLock().lock();
    try {
      int histogram = 0;
      for (int i = 0; i < batch.seriesCount(); i++) {
        int histogramsFrom = histogram;
        while (histogram < batch.histogramCount() && batch.histogramSeries(histogram) == i) {
          histogram++;
        }
        if (slots[i] == UNRESOLVED) {
          boolean hasSamples =
              batch.sampleStart(i) < batch.sampleEnd(i) || histogramsFrom < histogram;
          slots[i] = findOrCreate(i, hasSamples);
        }
      }
    } finally {
      tenant.index().lock().writeLock().unlock();
    }
  }

  private int findOrCreate(int entry, boolean hasSamples) {
    byte[] bytes = batch.labelBytes();
    int start = batch.labelsStart(entry);
    int length = batch.labelsEnd(entry) - start;
    int slot = tenant.find(bytes, start, length);
    if (slot < 0) {
      if (!hasSamples) {
        return NOTHING_TO_DO;
      }
      RejectReason refusal = tenant.refusal(bytes, start, length);
      if (refusal != null) {
        refusals[entry] = refusal;
        return REFUSED;
      }
      head.memory().admitSeries();
      slot = tenant.create(bytes, start, length);
      if (createdCount == created.length) {
        created = Arrays.copyOf(created, createdCount * 2);
      }
      created[createdCount++] = slot;
    }
    if (!tenant.index().isPublished(slot)) {
      if (unpublishedCount == unpublished.length) {
        unpublished = Arrays.copyOf(unpublished, unpublishedCount * 2);
      }
      unpublished[unpublishedCount++] = slot;
    }
    refs[entry] = table.ref(slot);
    return slot;
  }

  /// @return false if series must be resolved again
  private boolean checkOwners() {
    boolean isComplete = true;
    int number = tenant.processNumber();
    for (int i = 0; i < batch.seriesCount(); i++) {
      if (slots[i] >= 0 && !table.isOwner(refs[i], slots[i], number)) {
        slots[i] = unresolved(i);
        isComplete &= slots[i] != UNRESOLVED;
      }
    }
    return isComplete;
  }

  private void lockStripes(long mask) {
    stripeMask = mask;
    for (long rest = mask; rest != 0; rest &= rest - 1) {
      head.stripeByNumber(Long.numberOfTrailingZeros(rest)).lock.lock();
    }
  }

  /// Gives the locks up.
  void unlock() {
    for (long rest = stripeMask; rest != 0; rest &= rest - 1) {
      head.stripeByNumber(Long.numberOfTrailingZeros(rest)).lock.unlock();
    }
    stripeMask = 0;
  }

  /// Publishes series that have their first sample, and takes away new ones that have none.
  void settle() {
    if (unpublishedCount + createdCount == 0) {
      return;
    }
    tenant.index().lock().writeLock().lock();
    try {
      for (int i = 0; i < unpublishedCount; i++) {
        tenant.publishIfUsed(unpublished[i]);
      }
      for (int i = 0; i < createdCount; i++) {
        tenant.removeIfUnused(created[i]);
      }
    } finally {
      tenant.index().lock().writeLock().unlock();
    }
  }
}
