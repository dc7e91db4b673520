package io.pallium.tsdb.head;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.pallium.base.PalliumException;
import io.pallium.base.clock.TimeSource;
import io.pallium.model.LabelMatcher;
import io.pallium.model.MetricMetadata;
import io.pallium.model.TenantId;
import io.pallium.model.WriteBatch;
import io.pallium.model.WriteResult;
import io.pallium.storage.Querier;
import io.pallium.storage.QueryControl;
import io.pallium.tsdb.headchunk.HeadChunkFiles;
import io.pallium.tsdb.headchunk.HeadChunkReport;
import io.pallium.tsdb.index.LabelIndex;
import io.pallium.tsdb.log.CheckpointContent;
import io.pallium.tsdb.log.LogAppend;
import io.pallium.tsdb.log.LogRecordWriter;
import io.pallium.tsdb.log.LogReplayProgress;
import io.pallium.tsdb.log.LogReplayReport;
import io.pallium.tsdb.log.WriteLog;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The recent samples of all tenants. A series is a slot in one table of columns ([SeriesTable]),
/// its samples are guarded by one of 64 stripes ([Stripe]), its labels by the index of its tenant.
///
/// Lock order, the outermost first: the lock of making tenants; a tenant's index; the stripes, in
/// ascending order; a tenant's exemplars and metadata; the slots and the log. Thread-safe.
public final class Head implements AutoCloseable {
  private static final Logger logger = LoggerFactory.getLogger(Head.class);

  private static final int TOMBSTONES_PER_RECORD = 100_000;

  private final TimeSource time;
  private final HeadConfig config;
  private final WriteLog log;
  private final Function<TenantId, HeadLimits> limits;
  private final ToLongFunction<TenantId> cutEnds;
  private final HeadMetrics metrics;
  private final long incarnation;
  private final HeadChunkFiles chunkFiles;
  private final ChunkOffload offload;
  private final HeadMemory memory;
  private final SeriesTable table = new SeriesTable();
  private final Stripe[] stripes = new Stripe[SeriesLayout.STRIPES];
  private final Map<TenantId, TenantHead> tenants = new ConcurrentHashMap<>();
  private final AtomicLong nextLogRef = new AtomicLong(1);

  // Batches whose samples are in place and whose new series perhaps not in the index yet.
  private final ReadEpochs publications = new ReadEpochs();

  private final ReentrantLock tenantLock = new ReentrantLock();

  @GuardedBy("tenantLock")
  private long nextTenantNumber = 1;

  private final ReentrantLock appenderLock = new ReentrantLock();

  @GuardedBy("appenderLock")
  private final ArrayDeque<HeadAppender> idleAppenders = new ArrayDeque<>();

  /// @param log not yet replayed
  /// @param chunkFiles not yet recovered; closed with the head
  /// @param limits what each tenant may keep; asked for every new series
  /// @param cutEnds until when a tenant's samples are in blocks, when it is first heard of;
  ///   Long.MIN_VALUE if it has none
  public Head(
      HeadConfig config,
      TimeSource time,
      WriteLog log,
      HeadChunkFiles chunkFiles,
      Function<TenantId, HeadLimits> limits,
      ToLongFunction<TenantId> cutEnds,
      HeadMetrics metrics) {
    this.config = config;
    this.time = time;
    this.log = log;
    this.limits = limits;
    this.cutEnds = cutEnds;
    this.metrics = metrics;
    this.incarnation = new SecureRandom().nextLong() | 1;
    this.chunkFiles = chunkFiles;
    this.offload = new ChunkOffload(chunkFiles, time);
    this.memory = new HeadMemory(config, () -> stats().memoryBytes(), time);
    for (int i = 0; i < stripes.length; i++) {
      stripes[i] =
          new Stripe(table, config.chunkSamples(), config.blockRange().toMillis(), offload);
    }
    offload.setStripes(stripes);
  }

  /// The number of this life of the process: refs hold for it alone.
  public long incarnation() {
    return incarnation;
  }

  /// Whether start timestamps of samples are stored.
  boolean keepsStarts() {
    return config.storeStartTimestamps();
  }

  /// Finds the chunks that are in files, replays the log and opens it for writing. Once, before
  /// anything else.
  public LogReplayReport replay(LogReplayProgress progress) {
    RecoveredChunks chunks = new RecoveredChunks();
    HeadChunkReport chunkReport = chunkFiles.recover(chunks);
    LogReplayReport report;
    try (HeadReplay replay = new HeadReplay(this, table, chunks, offload)) {
      report = log.replay(0, replay, progress);
      replay.finish();
      metrics.replayedSamples.inc(replay.sampleCount());
      metrics.unknownReplayedSamples.inc(replay.unknownSampleCount());
    }
    nextLogRef.set(Math.max(report.maxSeriesRef(), chunks.maxRef()) + 1);
    tenantLock.lock();
    try {
      nextTenantNumber = report.maxTenantNumber() + 1;
    } finally {
      tenantLock.unlock();
    }
    logger.info(
        "head chunks found files={} chunks={} bytes={} unlinked={}",
        chunkReport.files(),
        chunkReport.chunks(),
        chunkReport.bytes(),
        chunks.unlinkedCount());
    offload.start();
    return report;
  }

  /// Commits a batch; see [io.pallium.storage.SampleSink#write].
  public CompletableFuture<WriteResult> write(WriteBatch batch) {
    offload.keepUp();
    HeadAppender appender = takeAppender();
    CompletableFuture<WriteResult> answer = new CompletableFuture<>();
    try {
      memory.admitBatch();
      TenantHead tenant = tenantForWrite(batch.tenant());
      if (appender == null) {
        appender = new HeadAppender(this, table, log, tenant);
      }
      WriteResult result = new WriteResult(incarnation, batch.seriesCount());
      LogAppend append = appender.commit(tenant, batch, result);
      metrics.samplesAppended.inc(appender.acceptedCount());
      metrics.outOfOrderSamples.inc(appender.outOfOrderCount());
      if (append == null) {
        answer.complete(result);
      } else {
        var unused = append.whenComplete((_, failure) -> settle(answer, result, failure));
      }
    } catch (PalliumException e) {
      answer.completeExceptionally(e);
    } finally {
      if (appender != null) {
        returnAppender(appender);
      }
    }
    return answer;
  }

  /// A view of one tenant's samples in `[minTimeMs, maxTimeMs]` in the head.
  public Querier querier(TenantHead tenant, long minTimeMs, long maxTimeMs, QueryControl control) {
    return new HeadQuerier(this, tenant, minTimeMs, maxTimeMs, control);
  }

  /// What the head holds of a tenant, or null.
  public @Nullable TenantHead tenant(TenantId id) {
    return tenants.get(id);
  }

  /// Counts and sizes of now, for metrics.
  public HeadStats stats() {
    long series = 0;
    long indexBytes = 0;
    for (TenantHead tenant : tenants.values()) {
      series += tenant.seriesCount();
      indexBytes += tenant.index().allocatedBytes();
    }
    long closedChunks = 0;
    long chunkBytes = 0;
    for (Stripe stripe : stripes) {
      closedChunks += stripe.closedChunkCount();
      chunkBytes += stripe.allocatedBytes();
    }
    return new HeadStats(series, closedChunks, chunkBytes, indexBytes, table.allocatedBytes());
  }

  /// What the head holds.
  ///
  /// @param series series that queries can find
  /// @param closedChunks chunks that are full and not dropped
  /// @param chunkBytes the memory of all chunks
  /// @param indexBytes the memory of labels and postings
  /// @param tableBytes the memory of the columns of all series
  public record HeadStats(
      long series, long closedChunks, long chunkBytes, long indexBytes, long tableBytes) {
    /// All of the memory.
    public long memoryBytes() {
      return chunkBytes + indexBytes + tableBytes;
    }
  }

  /// All tenants.
  public Collection<TenantHead> tenants() {
    return tenants.values();
  }

  /// Closes a tenant's range before a time: when this returns, nothing older is taken any more, and
  /// what was taken is in place.
  public void closeRange(TenantHead tenant, long endMs) {
    tenant.raiseCutEnd(endMs);
    awaitBatches();
  }

  /// Returns when all batches that are being applied now are in place: their samples, the series
  /// that they made, exemplars and metadata, and tenants whose records are in the log. The caller
  /// holds no lock of the head.
  @SuppressWarnings("LockNotBeforeTry") // There is nothing to do while they are held.
  public void awaitBatches() {
    tenantLock.lock();
    tenantLock.unlock();
    for (Stripe stripe : stripes) {
      stripe.lock.lock();
      stripe.lock.unlock();
    }
    for (TenantHead tenant : tenants.values()) {
      tenant.extrasLock().lock();
      tenant.extrasLock().unlock();
    }
    // A batch enters under the locks of its stripes, so all that were applied have entered.
    CompletableFuture<Void> published = new CompletableFuture<>();
    publications.advance(() -> published.complete(null));
    published.join();
  }

  /// A walk over a tenant's samples in `[minTimeMs, endMs)` as chunks, in label order.
  public HeadCut cut(TenantHead tenant, long minTimeMs, long endMs) {
    return new HeadCut(this, tenant, minTimeMs, endMs);
  }

  /// Frees a tenant's samples before a time, and takes away the series that have none left. Only
  /// when nobody is left who reads them. One caller at a time.
  ///
  /// @param free takes what frees the slots: to be run when nobody is left who knows them
  public void drop(TenantHead tenant, long endMs, Consumer<Runnable> free) {
    LabelIndex index = tenant.index();
    int[] slots = publishedOf(index);
    int[] empty = new int[slots.length];
    int emptyCount = 0;
    long minMs = Long.MAX_VALUE;
    tenant.beginDrop(endMs);
    for (int slot : slots) {
      Stripe stripe = stripe(slot);
      stripe.lock.lock();
      try {
        if (stripe.drop(slot, endMs)) {
          empty[emptyCount++] = slot;
        } else {
          minMs = Math.min(minMs, minTimeMs(slot));
        }
      } finally {
        stripe.lock.unlock();
      }
    }
    tenant.endDrop(minMs);
    tenant.tombstones().dropBefore(endMs);
    int[] removed = unlinkEmpty(index, Arrays.copyOf(empty, emptyCount));
    if (removed.length > 0) {
      metrics.seriesRemoved.inc(removed.length);
      free.accept(() -> forget(tenant, removed));
    }
  }

  /// Deletes the files of closed chunks that are not needed any more.
  ///
  /// @throws IOException if one could not be deleted; it is tried again the next time
  public void removeUnusedFiles() throws IOException {
    chunkFiles.removeUnused();
  }

  /// Writes closed chunks that are still in memory to their files, so that a start finds them, and
  /// closes the files. Nobody reads or writes any more.
  @Override
  public void close() {
    offload.close();
    chunkFiles.close();
  }

  /// Deletes what the head holds of matching series in `[minTimeMs, maxTimeMs]`: queries that begin
  /// from now on do not see it, nor do cuts. Samples that come later are not concerned. No cut and
  /// no drop of the tenant may run meanwhile.
  ///
  /// @return ends when that is durable
  public CompletableFuture<Void> delete(
      TenantHead tenant,
      List<LabelMatcher> matchers,
      long minTimeMs,
      long maxTimeMs,
      QueryControl control) {
    CompletableFuture<Void> durable = CompletableFuture.completedFuture(null);
    ReadEpochs.Epoch epoch = tenant.epochs().enter();
    try {
      int[] slots = tenant.select(matchers, control);
      control.budget().release((long) slots.length * Integer.BYTES);
      LogRecordWriter record = new LogRecordWriter();
      for (int from = 0; from < slots.length; from += TOMBSTONES_PER_RECORD) {
        int to = Math.min(slots.length, from + TOMBSTONES_PER_RECORD);
        int[] part = Arrays.copyOfRange(slots, from, to);
        durable =
            durable.thenCombine(delete(tenant, part, minTimeMs, maxTimeMs, record), (_, _) -> null);
      }
      return durable;
    } finally {
      tenant.epochs().leave(epoch);
    }
  }

  private CompletableFuture<Void> delete(
      TenantHead tenant, int[] slots, long minTimeMs, long maxTimeMs, LogRecordWriter record) {
    record.beginBatch(tenant.number());
    long[] fromMs = new long[slots.length];
    long[] toMs = new long[slots.length];
    for (int i = 0; i < slots.length; i++) {
      Stripe stripe = stripe(slots[i]);
      stripe.lock.lock();
      try {
        int row = table.rows.row(slots[i]);
        long newestMs = table.rows.page(slots[i])[row + SeriesLayout.APPLIED_TIME];
        fromMs[i] = Math.max(minTimeMs, minTimeMs(slots[i]));
        toMs[i] = Math.min(maxTimeMs, newestMs);
      } finally {
        stripe.lock.unlock();
      }
      if (fromMs[i] <= toMs[i]) {
        record.tombstone(table.logRefs.get(slots[i]), fromMs[i], toMs[i]);
      }
    }
    if (record.isEmpty()) {
      return CompletableFuture.completedFuture(null);
    }
    CompletableFuture<Void> durable = log.append(record.finish());
    for (int i = 0; i < slots.length; i++) {
      if (fromMs[i] <= toMs[i]) {
        tenant.tombstones().add(slots[i], fromMs[i], toMs[i]);
      }
    }
    return durable;
  }

  /// What a tenant's clients said about metric families, sorted by family.
  public List<MetricMetadata> metadata(TenantId id, @Nullable String family) {
    TenantHead tenant = tenants.get(id);
    return tenant == null ? List.of() : tenant.metadata().list(family);
  }

  /// What a checkpoint of the log holds. No drop may run while it is asked.
  public CheckpointContent checkpoint() {
    return new HeadCheckpoint(this, table, offload);
  }

  void closeOutOfOrder() {
    for (Stripe stripe : stripes) {
      stripe.lock.lock();
      try {
        stripe.closeOutOfOrder();
      } finally {
        stripe.lock.unlock();
      }
    }
  }

  /// The chunks of a tenant's series, open and closed.
  long chunkCount(TenantHead tenant, QueryControl control) {
    ReadEpochs.Epoch epoch = tenant.epochs().enter();
    try {
      long count = 0;
      int[] slots = tenant.select(List.of(), control);
      for (int slot : slots) {
        control.check();
        Stripe stripe = stripe(slot);
        stripe.lock.lock();
        try {
          count += stripe.chunkCount(slot);
        } finally {
          stripe.lock.unlock();
        }
      }
      control.budget().release((long) slots.length * Integer.BYTES);
      return count;
    } finally {
      tenant.epochs().leave(epoch);
    }
  }

  HeadChunkFiles chunkFiles() {
    return chunkFiles;
  }

  Stripe stripe(int slot) {
    return stripes[SeriesLayout.stripe(slot)];
  }

  Stripe stripeByNumber(int number) {
    return stripes[number];
  }

  ReadEpochs publications() {
    return publications;
  }

  HeadMetrics metrics() {
    return metrics;
  }

  SeriesTable table() {
    return table;
  }

  long nextLogRef() {
    return nextLogRef.getAndIncrement();
  }

  HeadMemory memory() {
    return memory;
  }

  long nowMs() {
    return time.nowMs();
  }

  long nowNanos() {
    return time.nowNanos();
  }

  /// Whether a series can have samples in a range. Needs no lock: what a reader must see has been
  /// written before it began, and to see more does no harm.
  boolean canHaveSamples(int slot, long minTimeMs, long maxTimeMs) {
    long[] rows = table.rows.page(slot);
    int row = table.rows.row(slot);
    return rows[row + SeriesLayout.APPLIED_TIME] >= minTimeMs
        && rows[row + SeriesLayout.MIN_TIME] <= maxTimeMs;
  }

  static int[] publishedOf(LabelIndex index) {
    index.lock().readLock().lock();
    try {
      return index.published();
    } finally {
      index.lock().readLock().unlock();
    }
  }

  private long minTimeMs(int slot) {
    return table.rows.page(slot)[table.rows.row(slot) + SeriesLayout.MIN_TIME];
  }

  /// Unlinks the series that are still empty: writers find them under the same lock.
  private int[] unlinkEmpty(LabelIndex index, int[] slots) {
    index.lock().writeLock().lock();
    try {
      int count = 0;
      for (int slot : slots) {
        Stripe stripe = stripe(slot);
        stripe.lock.lock();
        try {
          if (minTimeMs(slot) == Long.MAX_VALUE) {
            table.retire(slot);
            slots[count++] = slot;
          }
        } finally {
          stripe.lock.unlock();
        }
      }
      int[] removed = Arrays.copyOf(slots, count);
      index.unlink(removed);
      return removed;
    } finally {
      index.lock().writeLock().unlock();
    }
  }

  private void forget(TenantHead tenant, int[] slots) {
    LabelIndex index = tenant.index();
    index.lock().writeLock().lock();
    try {
      for (int slot : slots) {
        index.forget(slot);
        tenant.tombstones().remove(slot);
      }
    } finally {
      index.lock().writeLock().unlock();
    }
    table.free(slots, slots.length);
  }

  private static void settle(
      CompletableFuture<WriteResult> answer, WriteResult result, @Nullable Throwable failure) {
    if (failure == null) {
      answer.complete(result);
    } else {
      answer.completeExceptionally(failure);
    }
  }

  private TenantHead tenantForWrite(TenantId id) {
    TenantHead tenant = tenants.get(id);
    return tenant != null ? tenant : createTenant(id);
  }

  private TenantHead createTenant(TenantId id) {
    tenantLock.lock();
    try {
      TenantHead present = tenants.get(id);
      if (present != null) {
        return present;
      }
      long number = nextTenantNumber;
      // Needs no wait: the record of the first batch comes after it.
      var unused = log.append(new LogRecordWriter().tenant(number, number, id.value()).finish());
      nextTenantNumber++;
      return addTenant(id, number);
    } finally {
      tenantLock.unlock();
    }
  }

  TenantHead addTenant(TenantId id, long number) {
    TenantHead tenant = new TenantHead(id, number, this, table, config, limits);
    long cutEndMs = cutEnds.applyAsLong(id);
    if (cutEndMs != Long.MIN_VALUE) {
      tenant.raiseCutEnd(cutEndMs);
      tenant.noteMaxTime(cutEndMs - 1);
    }
    tenants.put(id, tenant);
    return tenant;
  }

  void removeTenant(TenantHead tenant) {
    tenants.remove(tenant.id(), tenant);
  }

  private @Nullable HeadAppender takeAppender() {
    appenderLock.lock();
    try {
      return idleAppenders.pollFirst();
    } finally {
      appenderLock.unlock();
    }
  }

  private void returnAppender(HeadAppender appender) {
    appenderLock.lock();
    try {
      idleAppenders.addFirst(appender);
    } finally {
      appenderLock.unlock();
    }
  }
}
