package io.pallium.tsdb.head;

import io.pallium.base.CorruptDataException;
import io.pallium.base.HotPath;
import io.pallium.model.Labels;
import io.pallium.model.MetricMetadata;
import io.pallium.model.NativeHistogram;
import io.pallium.model.TenantId;
import io.pallium.tsdb.log.LogVisitor;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Puts what the log holds back into the head, on one thread, before anyone else sees the head.
/// Chunks that were found in files are not made again: a series takes them over when it is defined,
/// and its samples up to their end are passed over. What lies before a tenant's last cut is in a
/// block and left out, as is what does not come in order for its series: it is there twice, or the
/// log is damaged.
@HotPath
final class HeadReplay implements LogVisitor {
  private static final Logger log = LoggerFactory.getLogger(HeadReplay.class);

  private final Head head;
  private final SeriesTable table;
  private final RecoveredChunks chunks;
  private final ChunkOffload offload;
  private final ReplayTenants tenants = new ReplayTenants();
  private final SlotMap slots = new SlotMap();
  private int[] created = new int[1024];
  private int createdCount;
  private @Nullable TenantHead tenant;
  private long sampleCount;
  private long unknownSampleCount;
  private String file = "";
  private String firstUnknownFile = "";
  private String lastUnknownFile = "";

  HeadReplay(Head head, SeriesTable table, RecoveredChunks chunks, ChunkOffload offload) {
    this.head = head;
    this.table = table;
    this.chunks = chunks;
    this.offload = offload;
  }

  /// The samples that are in the head now.
  long sampleCount() {
    return sampleCount;
  }

  /// The samples that were left out because nothing is known of their series or tenant: damage has
  /// taken the definition.
  long unknownSampleCount() {
    return unknownSampleCount;
  }

  /// Takes away the series that have no sample left, and reports what could not be kept.
  void finish() {
    if (unknownSampleCount > 0) {
      log.warn(
          "log has samples of unknown series, which are left out samples={} firstFile={}"
              + " lastFile={}",
          Long.toString(unknownSampleCount),
          firstUnknownFile,
          lastUnknownFile);
    }
    for (TenantHead each : tenants.all()) {
      each.index().lock().writeLock().lock();
    }
    try {
      for (int i = 0; i < createdCount; i++) {
        int number = (int) table.owners.get(created[i]);
        TenantHead owner = tenants.get(number);
        if (owner != null) {
          includeOutOfOrder(owner, created[i]);
          owner.removeIfUnused(created[i]);
        }
      }
    } finally {
      for (TenantHead each : tenants.all()) {
        each.index().lock().writeLock().unlock();
      }
    }
  }

  private void includeOutOfOrder(TenantHead owner, int slot) {
    head.stripe(slot).includeOutOfOrder(slot);
    long minTimeMs = table.rows.page(slot)[table.rows.row(slot) + SeriesLayout.MIN_TIME];
    if (minTimeMs < owner.minTimeMs()) {
      owner.noteTimes(minTimeMs, minTimeMs);
    }
  }

  @Override
  public void beginFile(String name) {
    file = name;
  }

  @Override
  public void tenant(long number, long incarnation, String name) {
    if (tenants.get(number) == null) {
      tenants.add(number, head.addTenant(new TenantId(name), number));
    }
  }

  @Override
  public void tenantDeleted(long number) {
    TenantHead deleted = tenants.remove(number);
    if (deleted != null) {
      head.removeTenant(deleted);
    }
  }

  @Override
  public void beginBatch(long tenantNumber, long position) {
    tenant = tenants.get(tenantNumber);
    if (tenant != null) {
      tenant.index().lock().writeLock().lock();
    }
  }

  @Override
  public void series(long ref, byte[] labels, int offset, int lengthBytes) {
    TenantHead present = tenant;
    if (present == null) {
      return;
    }
    int slot = present.find(labels, offset, lengthBytes);
    if (slot < 0) {
      slot = present.create(labels, offset, lengthBytes, ref);
      long[] rows = table.rows.page(slot);
      rows[table.rows.row(slot) + SeriesLayout.OPEN_CHUNK] |= SeriesLayout.DEFINED;
      if (createdCount == created.length) {
        created = Arrays.copyOf(created, createdCount * 2);
      }
      created[createdCount++] = slot;
    } else {
      // It left and came back: only the newer definition is kept for sure.
      table.logRefs.set(slot, ref);
    }
    if (slots.put(ref, slot)) {
      attachChunks(present, ref, slot);
    }
  }

  private void attachChunks(TenantHead present, long ref, int slot) {
    int outOfOrder = chunks.outOfOrder(ref);
    if (outOfOrder >= 0) {
      head.stripe(slot).attachOutOfOrder(slot, chunks, outOfOrder, present.cutEndMs());
    }
    int newest = chunks.newest(ref);
    if (newest < 0) {
      return;
    }
    try {
      if (head.stripe(slot).attach(slot, chunks, newest, present.cutEndMs())) {
        long minTimeMs = table.rows.page(slot)[table.rows.row(slot) + SeriesLayout.MIN_TIME];
        present.noteTimes(minTimeMs, chunks.maxTimeMs(newest));
        publish(present, slot);
      }
    } catch (CorruptDataException e) {
      log.warn("chunks of a series cannot be read, they are rebuilt from the log", e);
    }
  }

  private static void publish(TenantHead present, int slot) {
    if (!present.index().isPublished(slot)) {
      present.index().publish(slot);
    }
  }

  @Override
  public void sample(long ref, long timestampMs, long valueBits, long startMs) {
    int slot = slots.get(ref);
    if (!isWanted(slot, timestampMs)) {
      return;
    }
    long[] rows = table.rows.page(slot);
    int row = table.rows.row(slot);
    rows[row + SeriesLayout.ACCEPTED_TIME] = timestampMs;
    rows[row + SeriesLayout.ACCEPTED_BITS] = valueBits;
    rows[row + SeriesLayout.OPEN_CHUNK] &= ~SeriesLayout.ACCEPTED_HISTOGRAM;
    head.stripe(slot).append(slot, rows, row, timestampMs, valueBits, null, startMs);
    added(slot, timestampMs);
  }

  @Override
  public void histogram(long ref, long timestampMs, NativeHistogram histogram, long startMs) {
    int slot = slots.get(ref);
    if (!isWanted(slot, timestampMs)) {
      return;
    }
    long[] rows = table.rows.page(slot);
    int row = table.rows.row(slot);
    rows[row + SeriesLayout.ACCEPTED_TIME] = timestampMs;
    rows[row + SeriesLayout.ACCEPTED_BITS] = histogram.hashCode();
    rows[row + SeriesLayout.OPEN_CHUNK] |= SeriesLayout.ACCEPTED_HISTOGRAM;
    head.stripe(slot).append(slot, rows, row, timestampMs, 0, histogram, startMs);
    added(slot, timestampMs);
  }

  @Override
  public void outOfOrderSample(long ref, long timestampMs, long valueBits, long startMs) {
    outOfOrder(ref, timestampMs, valueBits, null, startMs);
  }

  @Override
  public void outOfOrderHistogram(
      long ref, long timestampMs, NativeHistogram histogram, long startMs) {
    outOfOrder(ref, timestampMs, 0, histogram, startMs);
  }

  private void outOfOrder(
      long ref,
      long timestampMs,
      long valueBits,
      @Nullable NativeHistogram histogram,
      long startMs) {
    int slot = slots.get(ref);
    if (isKnown(slot, timestampMs)) {
      long[] rows = table.rows.page(slot);
      if (timestampMs > rows[table.rows.row(slot) + SeriesLayout.ACCEPTED_TIME]) {
        // What it came after is missing.
        if (histogram == null) {
          sample(ref, timestampMs, valueBits, startMs);
        } else {
          histogram(ref, timestampMs, histogram, startMs);
        }
      } else if (head.stripe(slot).replay(slot, timestampMs, valueBits, histogram, startMs)) {
        added(slot, timestampMs);
      }
    }
  }

  @Override
  public void exemplar(long ref, long timestampMs, long valueBits, Labels labels) {
    TenantHead present = tenant;
    if (present != null) {
      present.exemplars().add(ref, timestampMs, valueBits, labels);
    }
  }

  @Override
  public void tombstone(long ref, long minTimeMs, long maxTimeMs) {
    TenantHead present = tenant;
    int slot = slots.get(ref);
    if (present != null && slot >= 0) {
      present.tombstones().add(slot, minTimeMs, maxTimeMs);
    }
  }

  @Override
  public void metadata(MetricMetadata entry) {
    TenantHead present = tenant;
    if (present != null) {
      present.metadata().add(entry);
    }
  }

  @Override
  public void endBatch() {
    if (tenant != null) {
      tenant.index().lock().writeLock().unlock();
      tenant = null;
    }
    offload.keepUp();
  }

  private boolean isWanted(int slot, long timestampMs) {
    if (!isKnown(slot, timestampMs)) {
      return false;
    }
    long[] rows = table.rows.page(slot);
    int row = table.rows.row(slot);
    if (timestampMs < rows[row + SeriesLayout.MIN_TIME]) {
      // The log knows of samples before the first chunk in a file: one before that is missing.
      head.stripe(slot).detach(slot);
    }
    return timestampMs > rows[row + SeriesLayout.ACCEPTED_TIME];
  }

  private boolean isKnown(int slot, long timestampMs) {
    TenantHead present = tenant;
    if (present != null && timestampMs < present.cutEndMs()) {
      // Also if the series has left since, and its definition with it.
      return false;
    }
    if (present == null || slot < 0) {
      noteUnknown();
      return false;
    }
    return true;
  }

  private void noteUnknown() {
    if (unknownSampleCount++ == 0) {
      firstUnknownFile = file;
    }
    lastUnknownFile = file;
  }

  private void added(int slot, long timestampMs) {
    TenantHead present = tenant;
    if (present != null) {
      sampleCount++;
      present.noteTimes(timestampMs, timestampMs);
      publish(present, slot);
    }
  }
}
