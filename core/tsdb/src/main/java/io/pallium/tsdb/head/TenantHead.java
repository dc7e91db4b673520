package io.pallium.tsdb.head;

import io.pallium.model.Exemplar;
import io.pallium.model.LabelMatcher;
import io.pallium.model.Labels;
import io.pallium.model.RejectReason;
import io.pallium.model.TenantId;
import io.pallium.model.WriteBatch;
import io.pallium.storage.Cardinality;
import io.pallium.storage.QueryControl;
import io.pallium.storage.SeriesExemplars;
import io.pallium.tsdb.index.LabelIndex;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// What the head holds of one tenant beside the columns: index, bounds of time, exemplars,
/// metadata. Thread-safe.
///
/// The bounds: nothing older than [#cutEndMs] is taken, since a block may hold what lies before;
/// and nothing older than the open range before the newest sample. A sample can only move the
/// newest time as far as the creation grace allows, so that one from the far future moves nothing.
public final class TenantHead {
  // Half of what a long holds, so that differences of times never overflow.
  private static final long OLDEST_MS = Long.MIN_VALUE / 2;

  // An exemplar in a list and in a map, without its labels, which are shared.
  private static final int KEPT_EXEMPLAR_BYTES = 96;

  private final TenantId id;
  private final long number;
  private final SeriesTable table;
  private final Head head;
  private final LabelIndex index;
  private final Function<TenantId, HeadLimits> limits;
  private final ExemplarRing exemplars;
  private final MetadataTable metadata;
  private final HeadTombstones tombstones = new HeadTombstones();
  private final ReentrantLock extrasLock = new ReentrantLock();
  private final ReadEpochs epochs = new ReadEpochs();

  private final long openRangeMs;
  private final AtomicLong minTimeMs = new AtomicLong(Long.MAX_VALUE);
  private final AtomicLong recentMinMs = new AtomicLong(Long.MAX_VALUE);
  private final AtomicLong maxTimeMs = new AtomicLong(Long.MIN_VALUE);
  private volatile long cutEndMs = OLDEST_MS;
  private volatile long lastWriteNanos;

  TenantHead(
      TenantId id,
      long number,
      Head head,
      SeriesTable table,
      HeadConfig config,
      Function<TenantId, HeadLimits> limits) {
    this.id = id;
    this.number = number;
    this.head = head;
    this.table = table;
    this.limits = limits;
    this.index = new LabelIndex(table.columns);
    this.exemplars =
        new ExemplarRing(() -> own(limits.apply(id).maxExemplars(), config.maxExemplars()));
    this.metadata =
        new MetadataTable(() -> own(limits.apply(id).maxMetadata(), config.maxMetadata()));
    this.openRangeMs = config.openRange().toMillis();
  }

  /// A number of the tenant's own, or that of all.
  private static int own(int limit, int ofAll) {
    return limit == 0 ? ofAll : Math.max(0, limit);
  }

  public TenantId id() {
    return id;
  }

  /// The number in the log.
  public long number() {
    return number;
  }

  /// The time of the oldest sample; a bound below it after a cut; Long.MAX_VALUE if there is none.
  public long minTimeMs() {
    return minTimeMs.get();
  }

  /// The time of the newest sample ever taken; Long.MIN_VALUE if there was none.
  public long maxTimeMs() {
    return maxTimeMs.get();
  }

  /// No sample before this is taken.
  public long cutEndMs() {
    return cutEndMs;
  }

  /// When the last sample was taken, on the monotonic clock.
  public long lastWriteNanos() {
    return lastWriteNanos;
  }

  /// Who reads.
  public ReadEpochs epochs() {
    return epochs;
  }

  /// The series that queries can find.
  public int seriesCount() {
    index.lock().readLock().lock();
    try {
      return index.publishedCount();
    } finally {
      index.lock().readLock().unlock();
    }
  }

  /// The labels of a series that a reader of the present epoch has found.
  Labels labels(int slot) {
    index.lock().readLock().lock();
    try {
      return index.labels(slot);
    } finally {
      index.lock().readLock().unlock();
    }
  }

  int[] select(List<LabelMatcher> matchers, QueryControl control) {
    return index.select(matchers, control);
  }

  LabelIndex index() {
    return index;
  }

  /// Held from judging a batch's exemplars and metadata until they are in the log and kept.
  ReentrantLock extrasLock() {
    return extrasLock;
  }

  ExemplarRing exemplars() {
    return exemplars;
  }

  HeadTombstones tombstones() {
    return tombstones;
  }

  MetadataTable metadata() {
    return metadata;
  }

  int processNumber() {
    return (int) number;
  }

  /// The oldest time that is taken now of a sample that is in order for its series. Under the locks
  /// of the stripes concerned.
  long validFromMs() {
    return behindNewest(keptRangeMs());
  }

  /// The oldest time that is taken now of a sample that is not; Long.MAX_VALUE if none is.
  long outOfOrderFromMs() {
    long windowMs = limits.apply(id).outOfOrderTimeWindow().toMillis();
    return windowMs == 0 ? Long.MAX_VALUE : behindNewest(windowMs);
  }

  /// How far behind the newest sample others may still be taken.
  public long keptRangeMs() {
    return Math.max(openRangeMs, limits.apply(id).outOfOrderTimeWindow().toMillis());
  }

  private long behindNewest(long rangeMs) {
    long newestMs = maxTimeMs.get();
    return newestMs < OLDEST_MS + rangeMs
        ? Math.max(cutEndMs, OLDEST_MS)
        : Math.max(cutEndMs, newestMs - rangeMs);
  }

  /// The newest time that is taken now.
  long validToMs() {
    return head.nowMs() + limits.apply(id).creationGracePeriod().toMillis();
  }

  /// Takes nothing older any more. One caller at a time.
  void raiseCutEnd(long endMs) {
    if (endMs > cutEndMs) {
      cutEndMs = endMs;
    }
  }

  /// Moves the newest time on without a sample: blocks hold one.
  void noteMaxTime(long timestampMs) {
    maxTimeMs.accumulateAndGet(timestampMs, Math::max);
  }

  /// Widens the bounds by samples that were applied. The oldest time comes last: who looks at the
  /// head takes it for the sign that there are samples, and needs the others to be right then.
  void noteTimes(long batchMinMs, long batchMaxMs) {
    lastWriteNanos = head.nowNanos();
    if (batchMaxMs > maxTimeMs.get()) {
      maxTimeMs.accumulateAndGet(batchMaxMs, Math::max);
    }
    if (batchMinMs < recentMinMs.get()) {
      recentMinMs.accumulateAndGet(batchMinMs, Math::min);
    }
    if (batchMinMs < minTimeMs.get()) {
      minTimeMs.accumulateAndGet(batchMinMs, Math::min);
    }
  }

  /// Begins to look for the oldest time anew; until it is found, the bound is `endMs`.
  void beginDrop(long endMs) {
    recentMinMs.set(Long.MAX_VALUE);
    minTimeMs.set(endMs);
  }

  /// Sets the oldest time that was found. Batches note theirs in `recentMinMs` first: one that came
  /// too early for the set is found there after it.
  void endDrop(long foundMinMs) {
    minTimeMs.set(foundMinMs);
    minTimeMs.accumulateAndGet(recentMinMs.get(), Math::min);
  }

  /// The exemplars of series in the head; see [io.pallium.storage.RecentFacts#exemplars].
  public List<SeriesExemplars> exemplars(
      long startMs, long endMs, List<List<LabelMatcher>> selectors, QueryControl control) {
    long listBytes = (long) exemplars.capacity() * KEPT_EXEMPLAR_BYTES;
    control.budget().reserve(listBytes);
    ReadEpochs.Epoch epoch = epochs.enter();
    try {
      Map<Long, List<Exemplar>> bySeries = new HashMap<>();
      for (ExemplarRing.Exemplar kept : exemplars.list()) {
        if (kept.timestampMs() >= startMs && kept.timestampMs() <= endMs) {
          bySeries
              .computeIfAbsent(kept.logRef(), _ -> new ArrayList<>())
              .add(
                  new Exemplar(
                      kept.labels(),
                      Double.longBitsToDouble(kept.valueBits()),
                      kept.timestampMs()));
        }
      }
      List<SeriesExemplars> found = new ArrayList<>();
      for (List<LabelMatcher> matchers : selectors) {
        take(matchers, bySeries, found, control);
      }
      found.sort(Comparator.comparing(SeriesExemplars::series));
      return found;
    } finally {
      epochs.leave(epoch);
      control.budget().release(listBytes);
    }
  }

  /// Moves the exemplars of matching series over; what another selector has found is not there any
  /// more.
  private void take(
      List<LabelMatcher> matchers,
      Map<Long, List<Exemplar>> bySeries,
      List<SeriesExemplars> found,
      QueryControl control) {
    if (bySeries.isEmpty()) {
      return;
    }
    int[] slots = index.select(matchers, control);
    for (int slot : slots) {
      List<Exemplar> list = bySeries.remove(table.logRefs.get(slot));
      if (list != null) {
        control.check();
        SeriesExemplars series = new SeriesExemplars(labels(slot), list);
        control.budget().reserve(series.bytes());
        found.add(series);
      }
    }
    control.budget().release((long) slots.length * Integer.BYTES);
  }

  /// How many series there are of what; see [io.pallium.storage.RecentFacts#cardinality].
  public Cardinality cardinality(int limit, QueryControl control) {
    return index.cardinality(
        limit, control, head.chunkCount(this, control), minTimeMs.get(), maxTimeMs.get());
  }

  // ---- under the index's write lock

  int find(byte[] bytes, int offset, int lengthBytes) {
    return index.find(bytes, offset, lengthBytes, LabelIndex.hash(bytes, offset, lengthBytes));
  }

  /// Why a new series may not be made, or null.
  @Nullable RejectReason refusal(byte[] bytes, int offset, int lengthBytes) {
    HeadLimits limit = limits.apply(id);
    if (limit.maxSeriesPerTenant() > 0 && index.seriesCount() >= limit.maxSeriesPerTenant()) {
      return RejectReason.SERIES_LIMIT_PER_TENANT;
    }
    if (limit.maxSeriesPerMetric() > 0
        && index.seriesOfSameMetric(bytes, offset, lengthBytes) >= limit.maxSeriesPerMetric()) {
      return RejectReason.SERIES_LIMIT_PER_METRIC;
    }
    return null;
  }

  int create(byte[] bytes, int offset, int lengthBytes) {
    return create(bytes, offset, lengthBytes, head.nextLogRef());
  }

  int create(byte[] bytes, int offset, int lengthBytes, long logRef) {
    int slot = table.allocate(processNumber(), logRef);
    index.link(slot, bytes, offset, lengthBytes, LabelIndex.hash(bytes, offset, lengthBytes));
    head.metrics().seriesCreated.inc();
    return slot;
  }

  /// Publishes a series that has a sample.
  void publishIfUsed(int slot) {
    Stripe stripe = head.stripe(slot);
    boolean isUsed;
    stripe.lock.lock();
    try {
      isUsed =
          table.owners.get(slot) != 0
              && (int) table.owners.get(slot) == processNumber()
              && table.rows.get(slot) != SeriesLayout.NO_TIME;
    } finally {
      stripe.lock.unlock();
    }
    if (isUsed) {
      index.publish(slot);
    }
  }

  /// Takes away a series that never had a sample, and that nobody else has found meanwhile.
  void removeIfUnused(int slot) {
    Stripe stripe = head.stripe(slot);
    stripe.lock.lock();
    try {
      if ((int) table.owners.get(slot) != processNumber()
          || table.rows.get(slot) != SeriesLayout.NO_TIME) {
        return;
      }
      table.retire(slot);
    } finally {
      stripe.lock.unlock();
    }
    int[] alone = {slot};
    tombstones.remove(slot);
    index.unlink(alone);
    index.forget(slot);
    table.free(alone, 1);
  }

  /// Words the first rejection of a batch.
  String describe(RejectReason reason, long timestampMs, WriteBatch batch, int entry, int slot) {
    HeadLimits limit = limits.apply(id);
    String what =
        switch (reason) {
          case OUT_OF_ORDER -> "out of order sample";
          case TOO_OLD -> "too old sample";
          case OUT_OF_BOUNDS -> "sample out of bounds";
          case NEW_VALUE_FOR_TIMESTAMP -> "duplicate sample for timestamp";
          case TOO_FAR_IN_FUTURE -> "timestamp too new (creation_grace_period)";
          case EXEMPLAR_TIMESTAMP_INVALID -> "exemplar timestamp too new (creation_grace_period)";
          case NO_LABELS -> "series without labels";
          case SERIES_LIMIT_PER_TENANT ->
              "per-tenant series limit of "
                  + limit.maxSeriesPerTenant()
                  + " exceeded (max_series_per_tenant)";
          case SERIES_LIMIT_PER_METRIC ->
              "per-metric series limit of "
                  + limit.maxSeriesPerMetric()
                  + " exceeded (max_series_per_metric)";
          default -> reason.metricLabel();
        };
    return what
        + "; sample timestamp "
        + timeText(timestampMs)
        + bounds(reason)
        + ", series "
        + labelsText(batch, entry, slot);
  }

  private String bounds(RejectReason reason) {
    return switch (reason) {
      case TOO_OLD, OUT_OF_BOUNDS -> ", oldest accepted " + timeText(validFromMs());
      case TOO_FAR_IN_FUTURE, EXEMPLAR_TIMESTAMP_INVALID ->
          ", newest accepted " + timeText(validToMs());
      default -> "";
    };
  }

  private String labelsText(WriteBatch batch, int entry, int slot) {
    int start = batch.labelsStart(entry);
    int end = batch.labelsEnd(entry);
    if (start < end) {
      return Labels.ofCanonical(batch.labelBytes(), start, end - start).toString();
    }
    if (slot < 0) {
      return "{}";
    }
    index.lock().readLock().lock();
    try {
      // A series leaves under the write lock, so that labels of another can not be taken for its
      // own.
      return (int) table.owners.get(slot) == processNumber() ? index.labels(slot).toString() : "{}";
    } finally {
      index.lock().readLock().unlock();
    }
  }

  private static String timeText(long timestampMs) {
    try {
      return Instant.ofEpochMilli(timestampMs).toString();
    } catch (java.time.DateTimeException e) {
      return timestampMs + " ms";
    }
  }
}
