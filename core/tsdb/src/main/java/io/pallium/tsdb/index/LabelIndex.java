package io.pallium.tsdb.index;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.pallium.base.HotPath;
import io.pallium.model.LabelCursor;
import io.pallium.model.LabelMatcher;
import io.pallium.model.Labels;
import io.pallium.model.LabelsWriter;
import io.pallium.storage.Cardinality;
import io.pallium.storage.QueryControl;
import io.pallium.tsdb.memory.IntSlabs;
import io.pallium.tsdb.memory.PagedInts;
import io.pallium.tsdb.memory.SeededHash;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/// The index of one tenant's series in memory: from canonical label bytes to slot, from matchers to
/// slots, from slot to labels.
///
/// A series' labels are kept as the ids of their pairs, in label order, in a run of ints: first the
/// number of pairs ([#PUBLISHED] added once the series is in the postings), then the ids. The table
/// from label bytes to slot holds half of a seeded hash and the slot; a hit is verified through the
/// pairs, so no label text exists twice.
///
/// Life of a series: [#link] makes it known to writers only; [#publish], after its first sample is
/// in place, puts it into the postings, where queries find it; [#unlink] takes it out of both; and
/// [#forget], when no reader from before is left, frees its labels.
///
/// Everything is guarded by one read-write lock per tenant, taken once per batch or query: write to
/// change, read to select and to read labels. Whoever publishes a series has written its columns
/// before, and whoever selects it takes the lock after, so that the lock also publishes the columns
/// of the series safely; its samples are guarded by the stripe's lock in addition. Lock order: this
/// lock before a stripe's lock, and neither while waiting for anything else.
@HotPath
public final class LabelIndex {
  private static final int PUBLISHED = 1 << 31;
  private static final int NO_SLOT = -1;
  private static final byte[] METRIC_NAME = Labels.METRIC_NAME.getBytes(StandardCharsets.US_ASCII);

  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();

  @GuardedBy("lock")
  private final SymbolTable symbols = new SymbolTable();

  @GuardedBy("lock")
  private final PairTable pairs = new PairTable(symbols);

  @GuardedBy("lock")
  private final IntSlabs runs = new IntSlabs();

  // The pair that all series have.
  @GuardedBy("lock")
  private final int all;

  private final SlotColumns columns;
  private final SeriesOrder order;
  private final SeriesSelection selection;

  // Half of the hash above, slot + 1 below; 0 is empty.
  @GuardedBy("lock")
  private long[] table = new long[128];

  @GuardedBy("lock")
  private int seriesCount;

  @GuardedBy("lock")
  private long removals;

  // Only used under the write lock.
  private final LabelCursor cursor = new LabelCursor();

  /// @param columns columns of the process-wide table of slots, shared by the indexes of all
  ///   tenants; each uses the elements of its own slots
  public LabelIndex(SlotColumns columns) {
    this.columns = columns;
    all = pairs.retain(new byte[0], 0, 0, 0, 0);
    order = new SeriesOrder(this, columns.order());
    selection = new SeriesSelection(this, symbols, pairs);
  }

  /// The columns that indexes keep per slot.
  ///
  /// @param labels addresses of the runs of pair ids
  /// @param order the place in the label order; 0 if the series has none yet
  public record SlotColumns(PagedInts labels, PagedInts order) {}

  /// What guards this index.
  public ReentrantReadWriteLock lock() {
    return lock;
  }

  /// The hash that the index expects of canonical label bytes.
  public static long hash(byte[] source, int offset, int lengthBytes) {
    return SeededHash.of(source, offset, lengthBytes);
  }

  /// The slot of the series with these canonical label bytes, or -1. Under the write lock.
  public int find(byte[] source, int offset, int lengthBytes, long hash) {
    int mask = table.length - 1;
    for (int at = home(hash) & mask; ; at = at + 1 & mask) {
      long entry = table[at];
      if (entry == 0) {
        return NO_SLOT;
      }
      if (entry >>> 32 == hash >>> 32 && has((int) entry - 1, source, offset, lengthBytes)) {
        return (int) entry - 1;
      }
    }
  }

  /// Makes a series known to [#find]. Under the write lock.
  public void link(int slot, byte[] source, int offset, int lengthBytes, long hash) {
    int count = 0;
    cursor.reset(source, offset, lengthBytes);
    while (cursor.next()) {
      count++;
    }
    int address = runs.allocate(count + 1);
    int at = IntSlabs.index(address);
    runs.array(address)[at++] = count;
    cursor.reset(source, offset, lengthBytes);
    while (cursor.next()) {
      int pair =
          pairs.retain(
              source,
              cursor.nameOffset(),
              cursor.nameLengthBytes(),
              cursor.valueOffset(),
              cursor.valueLengthBytes());
      runs.array(address)[at++] = pair;
    }
    columns.labels().set(slot, address);
    columns.order().set(slot, 0);
    if (++seriesCount * 2 > table.length) {
      growTable();
    }
    insert(table, (hash & 0xffff_ffff_0000_0000L) | slot + 1);
  }

  /// Puts a linked series into the postings, once. Under the write lock.
  ///
  /// @return false if it was there already
  public boolean publish(int slot) {
    int address = columns.labels().get(slot);
    int[] array = runs.array(address);
    int start = IntSlabs.index(address);
    int count = array[start];
    if (count < 0) {
      return false;
    }
    array[start] = count | PUBLISHED;
    for (int i = 1; i <= count; i++) {
      pairs.postings().add(array[start + i], slot);
    }
    pairs.postings().add(all, slot);
    order.added();
    return true;
  }

  /// Whether a linked series is in the postings. Under either lock.
  public boolean isPublished(int slot) {
    int address = columns.labels().get(slot);
    return runs.array(address)[IntSlabs.index(address)] < 0;
  }

  /// Takes series out of the postings and out of [#find]; their labels stay readable. Under the
  /// write lock.
  ///
  /// @param sortedSlots linked series, ascending
  public void unlink(int[] sortedSlots) {
    PairBits touched = new PairBits(pairs.idEnd());
    boolean isAnyPublished = false;
    LabelsWriter writer = new LabelsWriter();
    for (int slot : sortedSlots) {
      // Without a place it sorts by its labels, whatever places are given out meanwhile.
      columns.order().set(slot, 0);
      int address = columns.labels().get(slot);
      int[] array = runs.array(address);
      int start = IntSlabs.index(address);
      int count = array[start] & ~PUBLISHED;
      if (array[start] < 0) {
        isAnyPublished = true;
        for (int i = 1; i <= count; i++) {
          touched.add(array[start + i]);
        }
      }
      writeLabels(slot, writer.reset());
      remove(slot, SeededHash.of(writer.array(), 0, writer.lengthBytes()));
    }
    seriesCount -= sortedSlots.length;
    removals += sortedSlots.length;
    if (!isAnyPublished) {
      return;
    }
    touched.add(all);
    for (int pair = touched.next(0); pair >= 0; pair = touched.next(pair + 1)) {
      pairs.postings().remove(pair, sortedSlots);
    }
  }

  /// Frees the labels of an unlinked series. Under the write lock.
  public void forget(int slot) {
    int address = columns.labels().get(slot);
    int[] array = runs.array(address);
    int start = IntSlabs.index(address);
    int count = array[start] & ~PUBLISHED;
    for (int i = 1; i <= count; i++) {
      pairs.release(array[start + i]);
    }
    runs.free(address, count + 1);
    columns.labels().set(slot, 0);
    removals++;
  }

  /// The series that are known to writers. Under either lock.
  public int seriesCount() {
    return seriesCount;
  }

  /// The series that queries can find. Under either lock.
  public int publishedCount() {
    return pairs.postings().length(all);
  }

  /// How many series have the same metric name as these labels. Under the write lock.
  public int seriesOfSameMetric(byte[] source, int offset, int lengthBytes) {
    cursor.reset(source, offset, lengthBytes);
    while (cursor.next()) {
      if (cursor.nameEquals(METRIC_NAME)) {
        int name = pairs.findName(source, cursor.nameOffset(), cursor.nameLengthBytes());
        int pair = pairs.find(name, source, cursor.valueOffset(), cursor.valueLengthBytes());
        return pair == 0 ? 0 : pairs.refs(pair);
      }
    }
    return 0;
  }

  /// The labels of a series that is linked, or unlinked and not removals. Under either lock.
  public Labels labels(int slot) {
    LabelsWriter writer = new LabelsWriter();
    writeLabels(slot, writer);
    return writer.toLabels();
  }

  /// Writes the labels of a series. Under either lock.
  public void writeLabels(int slot, LabelsWriter writer) {
    int address = columns.labels().get(slot);
    int[] array = runs.array(address);
    int start = IntSlabs.index(address);
    int end = start + (array[start] & ~PUBLISHED);
    for (int i = start + 1; i <= end; i++) {
      int name = pairs.nameSymbol(array[i]);
      int value = pairs.valueSymbol(array[i]);
      writer.add(
          symbols.array(name),
          symbols.offset(name),
          symbols.lengthBytes(name),
          symbols.array(value),
          symbols.offset(value),
          symbols.lengthBytes(value));
    }
  }

  /// All series that queries can find, in ascending order of slots. Under either lock.
  public int[] published() {
    int[] slots = new int[pairs.postings().length(all)];
    pairs.postings().copy(all, slots, 0);
    return slots;
  }

  /// The published series that fulfil all matchers, in ascending order of slots. Takes the read
  /// lock.
  ///
  /// @param control whose budget the result's memory is reserved from; the caller releases it
  public int[] select(List<LabelMatcher> matchers, QueryControl control) {
    lock.readLock().lock();
    try {
      return selection.select(matchers, control);
    } finally {
      lock.readLock().unlock();
    }
  }

  /// Sorts series by label, in place. Takes the lock.
  public void sort(int[] slots) {
    order.sort(slots);
  }

  /// The names of the labels of matching series, sorted. Takes the read lock.
  ///
  /// @param limit 0: all
  public List<String> labelNames(List<LabelMatcher> matchers, int limit, QueryControl control) {
    lock.readLock().lock();
    try {
      return selection.labelNames(matchers, limit, control);
    } finally {
      lock.readLock().unlock();
    }
  }

  /// The values of a label in matching series, sorted. Takes the read lock.
  ///
  /// @param limit 0: all
  public List<String> labelValues(
      String name, List<LabelMatcher> matchers, int limit, QueryControl control) {
    lock.readLock().lock();
    try {
      return selection.labelValues(name, matchers, limit, control);
    } finally {
      lock.readLock().unlock();
    }
  }

  /// How many published series there are of what. Takes the read lock.
  ///
  /// @param limit the length of each list at the most
  /// @param chunks as it stands in the answer, and likewise the times
  public Cardinality cardinality(
      int limit, QueryControl control, long chunks, long minTimeMs, long maxTimeMs) {
    lock.readLock().lock();
    try {
      return new CardinalityCount(symbols, pairs, limit, control)
          .count(publishedCount(), chunks, minTimeMs, maxTimeMs);
    } finally {
      lock.readLock().unlock();
    }
  }

  /// The memory that labels and postings take.
  public long allocatedBytes() {
    lock.readLock().lock();
    try {
      return symbols.allocatedBytes()
          + pairs.allocatedBytes()
          + runs.allocatedBytes()
          + 8L * table.length;
    } finally {
      lock.readLock().unlock();
    }
  }

  /// The array in which the run of a series' pair ids lies. Under either lock.
  int[] runArray(int slot) {
    return runs.array(columns.labels().get(slot));
  }

  /// Where the run of a series' pair ids begins.
  int runStart(int slot) {
    return IntSlabs.index(columns.labels().get(slot));
  }

  /// The number of pairs of a run.
  static int runLength(int[] array, int start) {
    return array[start] & ~PUBLISHED;
  }

  /// Compares two series in the order of [Labels#compareTo]. Under either lock.
  int compare(int slotA, int slotB) {
    int[] a = runArray(slotA);
    int[] b = runArray(slotB);
    int startA = runStart(slotA);
    int startB = runStart(slotB);
    int countA = runLength(a, startA);
    int countB = runLength(b, startB);
    int shared = Math.min(countA, countB);
    for (int i = 1; i <= shared; i++) {
      int pairA = a[startA + i];
      int pairB = b[startB + i];
      if (pairA != pairB) {
        int order = symbols.compare(pairs.nameSymbol(pairA), pairs.nameSymbol(pairB));
        return order != 0
            ? order
            : symbols.compare(pairs.valueSymbol(pairA), pairs.valueSymbol(pairB));
      }
    }
    return countA - countB;
  }

  int all() {
    return all;
  }

  /// Grows with each series that is unlinked or removals: while it stands still, a slot means the
  /// same series. Under either lock.
  long removals() {
    return removals;
  }

  private boolean has(int slot, byte[] source, int offset, int lengthBytes) {
    int[] array = runArray(slot);
    int start = runStart(slot);
    int count = runLength(array, start);
    cursor.reset(source, offset, lengthBytes);
    for (int i = 1; i <= count; i++) {
      if (!cursor.next()) {
        return false;
      }
      int pair = array[start + i];
      if (!symbols.equals(
              pairs.valueSymbol(pair), source, cursor.valueOffset(), cursor.valueLengthBytes())
          || !symbols.equals(
              pairs.nameSymbol(pair), source, cursor.nameOffset(), cursor.nameLengthBytes())) {
        return false;
      }
    }
    return !cursor.next();
  }

  /// Where in the table an entry wants to be: of the half of the hash that is kept.
  private static int home(long entry) {
    return (int) (entry >>> 32);
  }

  private void growTable() {
    long[] grown = new long[table.length * 2];
    for (long entry : table) {
      if (entry != 0) {
        insert(grown, entry);
      }
    }
    table = grown;
  }

  private static void insert(long[] target, long entry) {
    int mask = target.length - 1;
    int at = home(entry) & mask;
    while (target[at] != 0) {
      at = at + 1 & mask;
    }
    target[at] = entry;
  }

  private void remove(int slot, long hash) {
    int mask = table.length - 1;
    int hole = home(hash) & mask;
    while ((int) table[hole] != slot + 1) {
      if (table[hole] == 0) {
        throw new AssertionError("BUG: slot " + slot + " is not linked");
      }
      hole = hole + 1 & mask;
    }
    for (int at = hole + 1 & mask; table[at] != 0; at = at + 1 & mask) {
      int home = home(table[at]) & mask;
      if ((at - home & mask) >= (at - hole & mask)) {
        table[hole] = table[at];
        hole = at;
      }
    }
    table[hole] = 0;
  }
}
