package io.pallium.tsdb.head;

import io.pallium.base.HotPath;
import io.pallium.model.Labels;
import io.pallium.model.MetricMetadata;
import io.pallium.model.NativeHistogram;
import io.pallium.model.NativeHistogramCodec;
import io.pallium.model.TenantId;
import io.pallium.tsdb.log.LogVisitor;
import io.pallium.tsdb.log.SeriesChunks;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Puts what the log holds back into the head, before anyone else sees the head: on one thread that
/// reads, knows series by their refs and makes new ones, and on a [ReplayWorker] per processor that
/// applies samples, each to the series of its stripes.
///
/// Chunks that were found in files are not made again. A series of a checkpoint is restored if all
/// chunks that it had are there; if one of any series is not, all that is left of the log is read.
/// A series that is defined later takes its chunks over. Samples up to the end of what a series has
/// are passed over.
///
/// What lies before a tenant's last cut is in a block and left out, as is what does not come in
/// order for its series: it is there twice, or the log is damaged.
@HotPath
final class HeadReplay implements LogVisitor, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(HeadReplay.class);
  private static final int MAX_WORKERS = 8;

  private final Head head;
  private final SeriesTable table;
  private final RecoveredChunks chunks;
  private final ReplayWorker[] workers;
  private final ReplayTenants tenants = new ReplayTenants();
  private SlotMap slots = new SlotMap();
  private int[] created = new int[1024];
  private int createdCount;
  private @Nullable TenantHead tenant;
  private long tenantFromMs;
  private boolean isInCheckpoint;

  // Once a checkpoint was not whole, or not all that it relies on is there.
  private boolean isFromSegments;

  // Written by workers, at most from false to true.
  private volatile boolean isChunkMissing;
  private long unknownSampleCount;
  private String file = "";
  private String firstUnknownFile = "";
  private String lastUnknownFile = "";

  HeadReplay(Head head, SeriesTable table, RecoveredChunks chunks, ChunkOffload offload) {
    this.head = head;
    this.table = table;
    this.chunks = chunks;
    int count = Math.min(MAX_WORKERS, Runtime.getRuntime().availableProcessors());
    workers = new ReplayWorker[count];
    for (int i = 0; i < count; i++) {
      workers[i] = new ReplayWorker(i, head, table, chunks, offload);
    }
  }

  /// The samples that are in the head now, but for those in chunks.
  long sampleCount() {
    long count = 0;
    for (ReplayWorker worker : workers) {
      count += worker.sampleCount();
    }
    return count;
  }

  /// The samples that were left out because nothing is known of their series or tenant: damage has
  /// taken the definition.
  long unknownSampleCount() {
    return unknownSampleCount;
  }

  /// Publishes the series that have samples, takes the others away, and reports what could not be
  /// kept.
  void finish() {
    awaitWorkers();
    // Publishing takes room.
    chunks.forget();
    slots = new SlotMap();
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
        TenantHead owner = ownerOf(created[i]);
        if (owner != null) {
          finish(owner, created[i]);
        }
      }
    } finally {
      for (TenantHead each : tenants.all()) {
        each.index().lock().writeLock().unlock();
      }
    }
  }

  private void finish(TenantHead owner, int slot) {
    head.stripe(slot).includeOutOfOrder(slot);
    long[] rows = table.rows.page(slot);
    int row = table.rows.row(slot);
    if (rows[row + SeriesLayout.APPLIED_TIME] == SeriesLayout.NO_TIME) {
      owner.removeIfUnused(slot);
      return;
    }
    owner.noteTimes(rows[row + SeriesLayout.MIN_TIME], rows[row + SeriesLayout.APPLIED_TIME]);
    owner.index().publish(slot);
  }

  /// Ends the threads.
  @Override
  public void close() {
    for (ReplayWorker worker : workers) {
      worker.close();
    }
  }

  private void awaitWorkers() {
    for (ReplayWorker worker : workers) {
      worker.await();
    }
  }

  private @Nullable TenantHead ownerOf(int slot) {
    int number = (int) table.owners.get(slot);
    return tenants.get(number);
  }

  private ReplayWorker worker(int slot) {
    return workers[SeriesLayout.stripe(slot) % workers.length];
  }

  @Override
  public void beginFile(String name) {
    file = name;
  }

  @Override
  public void beginCheckpoint() {
    isInCheckpoint = true;
  }

  @Override
  public boolean endCheckpoint(boolean isWhole) {
    isInCheckpoint = false;
    awaitWorkers();
    if (isWhole && !isChunkMissing && !isFromSegments) {
      return true;
    }
    if (isChunkMissing) {
      log.warn("chunks are missing that checkpoint {} relies on: all of the log is read", file);
    }
    isFromSegments = true;
    for (int i = 0; i < createdCount; i++) {
      int slot = created[i];
      TenantHead owner = ownerOf(slot);
      if (owner != null && table.rows.get(slot) == SeriesLayout.NO_TIME) {
        attachChunks(owner, table.logRefs.get(slot), slot);
      }
    }
    return false;
  }

  @Override
  public void tenant(long number, long incarnation, String name) {
    TenantId id = new TenantId(name);
    TenantHead present = head.tenant(id);
    // One with a higher number, in a checkpoint, came after this one was deleted.
    if (tenants.get(number) == null && (present == null || present.number() < number)) {
      tenants.add(number, head.addTenant(id, number));
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
      tenantFromMs = tenant.cutEndMs();
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
      table.logRefs.set(slot, Math.max(ref, table.logRefs.get(slot)));
    }
    if (slots.put(ref, slot) && !isInCheckpoint) {
      attachChunks(present, ref, slot);
    }
  }

  private void attachChunks(TenantHead present, long ref, int slot) {
    if (chunks.outOfOrder(ref) < 0 && chunks.newest(ref) < 0) {
      return;
    }
    long fromMs = present.cutEndMs();
    worker(slot).step(slot, 0, (worker, target) -> worker.attach(target, ref, fromMs));
  }

  @Override
  public void chunks(long ref, SeriesChunks saved) {
    int slot = slots.get(ref);
    if (slot < 0 || isFromSegments) {
      return;
    }
    long fromMs = tenantFromMs;
    worker(slot)
        .step(
            slot,
            saved.open().length + saved.positions().length * 2 * Long.BYTES,
            (worker, target) -> {
              if (!worker.restore(target, ref, saved, fromMs)) {
                isChunkMissing = true;
              }
            });
  }

  @Override
  public void sample(long ref, long timestampMs, long valueBits, long startMs) {
    int slot = slots.get(ref);
    if (!isKnown(slot, timestampMs)) {
      return;
    }
    if (startMs == 0) {
      worker(slot).sample(slot, timestampMs, valueBits);
    } else {
      append(slot, timestampMs, valueBits, null, startMs);
    }
  }

  @Override
  public void histogram(long ref, long timestampMs, NativeHistogram histogram, long startMs) {
    int slot = slots.get(ref);
    if (isKnown(slot, timestampMs)) {
      append(slot, timestampMs, 0, histogram, startMs);
    }
  }

  private void append(
      int slot,
      long timestampMs,
      long valueBits,
      @Nullable NativeHistogram histogram,
      long startMs) {
    worker(slot)
        .step(
            slot,
            bytes(histogram),
            (worker, target) -> worker.append(target, timestampMs, valueBits, histogram, startMs));
  }

  private static int bytes(@Nullable NativeHistogram histogram) {
    return histogram == null ? 0 : NativeHistogramCodec.maxLengthBytes(histogram);
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
      worker(slot)
          .step(
              slot,
              bytes(histogram),
              (worker, target) ->
                  worker.insert(target, timestampMs, valueBits, histogram, startMs));
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
    TenantHead present = tenant;
    if (present != null) {
      present.index().lock().writeLock().unlock();
      tenant = null;
    }
  }

  /// Whether a sample is of a series that is known, and not in a block.
  private boolean isKnown(int slot, long timestampMs) {
    if (tenant != null && timestampMs < tenantFromMs) {
      // Also if the series has left since, and its definition with it.
      return false;
    }
    if (tenant == null || slot < 0) {
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
}
