package io.pallium.tsdb.head;

import static io.pallium.tsdb.head.SeriesLayout.ACCEPTED_BITS;
import static io.pallium.tsdb.head.SeriesLayout.ACCEPTED_HISTOGRAM;
import static io.pallium.tsdb.head.SeriesLayout.ACCEPTED_TIME;
import static io.pallium.tsdb.head.SeriesLayout.APPLIED_TIME;
import static io.pallium.tsdb.head.SeriesLayout.DEFINED;
import static io.pallium.tsdb.head.SeriesLayout.NO_TIME;
import static io.pallium.tsdb.head.SeriesLayout.OPEN_CHUNK;

import io.pallium.base.HotPath;
import io.pallium.model.NativeHistogram;
import io.pallium.model.RejectReason;
import io.pallium.model.StartColumn;
import io.pallium.model.WriteBatch;
import io.pallium.model.WriteResult;
import io.pallium.tsdb.log.LogAppend;
import io.pallium.tsdb.log.LogRecordWriter;
import io.pallium.tsdb.log.WriteLog;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Commits one batch at a time. Confined to one thread while it does; keeps its room, so that a
/// batch of known series allocates nothing here.
///
/// The order of a commit:
///
/// 1. room in the log is reserved (this may wait; no lock is held);
/// 2. series are resolved: a ref is a slot; labels are looked up, and new series made, under the
///    lock of the tenant's index;
/// 3. the locks of all stripes of the batch are taken, in ascending order;
/// 4. every ref is checked against its slot's owner; if a series found by labels has left since,
///    all starts again at 2;
/// 5. every sample is judged, and its time and bits become the series' *accepted* ones, so that
///    later samples of the batch are judged against them; what is accepted is encoded for the log;
/// 6. the record is handed to the log; if that fails, *accepted* is set back and nothing happened.
///    Exemplars and metadata are judged, logged and kept under a lock of their tenant: what is
///    known has been logged, so that who repeats it can wait for the log;
/// 7. accepted samples are encoded into chunks and become the series' *applied* ones;
/// 8. the locks are released, and series with their first sample are published in the index; new
///    ones whose samples were all refused are taken away. A batch with such series is known to
///    [Head#awaitBatches] until then.
@HotPath
final class HeadAppender {
  private static final byte NOT_STORED = 0;
  private static final byte STORED_ALREADY = 1;
  private static final byte ACCEPTED = 2;
  private static final byte ACCEPTED_OUT_OF_ORDER = 3;

  // Repetitions within a batch are looked for among this many samples and entries before: an old
  // sample must not cost a pass over all of a large batch.
  private static final int MAX_LOOK_BACK = 256;

  static final int KEPT_ENTRIES = 64 * 1024;

  private static final WriteBatch NO_BATCH = new WriteBatch();
  private static final WriteResult NO_RESULT = new WriteResult(0, 0);

  private final Head head;
  private final SeriesTable table;
  private final WriteLog log;
  private final LogRecordWriter record = new LogRecordWriter();

  private final Refusals refusals = new Refusals();
  private final BatchSeries series;
  private final BatchExtras extras;
  private int[] slots = new int[0];
  private byte[] verdicts = new byte[64];
  private byte[] histogramVerdicts = new byte[0];

  private TenantHead tenant;
  private WriteBatch batch = NO_BATCH;
  private WriteResult result = NO_RESULT;
  private long reservedBytes;
  private long validFromMs;
  private long validToMs;
  private long outOfOrderFromMs;
  private long minTimeMs;
  private long maxTimeMs;
  private long acceptedCount;
  private long outOfOrderCount;
  private int repeatedCount;

  /// Whether the batch has start timestamps, and they are kept.
  private boolean keepsStarts;

  HeadAppender(Head head, SeriesTable table, WriteLog log, TenantHead tenant) {
    this.head = head;
    this.table = table;
    this.log = log;
    this.tenant = tenant;
    this.series = new BatchSeries(head, table, tenant);
    this.extras = new BatchExtras(table, record, refusals, tenant);
  }

  /// Commits a batch.
  ///
  /// @return what the log makes durable before the result may be told; null if nothing was logged
  /// @throws io.pallium.base.PalliumException if nothing was stored
  @Nullable LogAppend commit(TenantHead newTenant, WriteBatch newBatch, WriteResult newResult) {
    tenant = newTenant;
    batch = newBatch;
    result = newResult;
    begin();
    long room = BatchExtras.maxRecordBytes(batch, keepsStarts);
    log.reserve(room);
    reservedBytes = room;
    LogAppend append = null;
    ReadEpochs.@Nullable Epoch publishing = null;
    try {
      series.lock();
      if (series.hasUnpublished()) {
        publishing = head.publications().enter();
      }
      try {
        judge();
        append = extras.isEmpty() ? append() : appendWithExtras();
      } catch (Throwable e) {
        restore();
        series.unlock();
        throw e;
      }
      try {
        apply();
      } finally {
        series.unlock();
      }
    } finally {
      if (reservedBytes > 0) {
        log.release(reservedBytes);
      }
      try {
        series.settle();
      } finally {
        if (publishing != null) {
          head.publications().leave(publishing);
        }
      }
    }
    finish();
    series.end();
    extras.end();
    batch = NO_BATCH;
    result = NO_RESULT;
    return append;
  }

  /// How many of [#acceptedCount] were older than the newest of their series.
  long outOfOrderCount() {
    return outOfOrderCount;
  }

  /// The samples that the last commit stored and had not stored before.
  long acceptedCount() {
    return acceptedCount;
  }

  /// Lets go of the room that a large batch needed, so that it is not kept for small ones.
  private void shrink() {
    if (verdicts.length > KEPT_ENTRIES && batch.sampleCount() < KEPT_ENTRIES / 4) {
      verdicts = new byte[KEPT_ENTRIES / 4];
    }
    if (histogramVerdicts.length > KEPT_ENTRIES && batch.histogramCount() < KEPT_ENTRIES / 4) {
      histogramVerdicts = new byte[0];
    }
  }

  private void begin() {
    shrink();
    slots = series.begin(tenant, batch);
    extras.begin(tenant, batch, slots);
    refusals.begin(result);
    if (verdicts.length < batch.sampleCount()) {
      verdicts = new byte[Math.max(batch.sampleCount(), verdicts.length * 2)];
    }
    if (histogramVerdicts.length < batch.histogramCount()) {
      histogramVerdicts = new byte[batch.histogramCount()];
    }
    minTimeMs = Long.MAX_VALUE;
    maxTimeMs = Long.MIN_VALUE;
    acceptedCount = 0;
    outOfOrderCount = 0;
    repeatedCount = 0;
    keepsStarts = batch.hasStarts() && head.keepsStarts();
    record.beginBatch(tenant.number());
  }

  // ---- judging

  private void judge() {
    validFromMs = tenant.validFromMs();
    validToMs = tenant.validToMs();
    outOfOrderFromMs = tenant.outOfOrderFromMs();
    if (batch.histogramCount() > 0 || keepsStarts) {
      judgeOneByOne();
      return;
    }
    long[] timestampsMs = batch.timestampsMs();
    long[] valueBits = batch.valueBits();
    for (int i = 0; i < batch.seriesCount(); i++) {
      int slot = slots[i];
      int end = batch.sampleEnd(i);
      if (slot < 0) {
        for (int k = batch.sampleStart(i); k < end; k++) {
          verdicts[k] = refuse(i, timestampsMs[k]);
        }
        continue;
      }
      long[] rows = table.rows.page(slot);
      int row = table.rows.row(slot);
      for (int k = batch.sampleStart(i); k < end; k++) {
        verdicts[k] = judgeSample(i, k, slot, rows, row, timestampsMs[k], valueBits[k]);
      }
    }
  }

  /// @param at where the sample stands in the batch
  private byte judgeSample(
      int entry, int at, int slot, long[] rows, int row, long timestampMs, long bits) {
    if (timestampMs <= rows[row + ACCEPTED_TIME]
        || timestampMs < validFromMs
        || timestampMs > validToMs) {
      return judgeUnusual(entry, at, slot, rows, row, timestampMs, bits, null);
    }
    if ((rows[row + OPEN_CHUNK] & DEFINED) == 0 && !define(entry, slot, rows, row)) {
      return NOT_STORED;
    }
    rows[row + ACCEPTED_TIME] = timestampMs;
    rows[row + ACCEPTED_BITS] = bits;
    if ((rows[row + OPEN_CHUNK] & ACCEPTED_HISTOGRAM) != 0) {
      rows[row + OPEN_CHUNK] &= ~ACCEPTED_HISTOGRAM;
    }
    record.sample(table.logRefs.get(slot), timestampMs, bits);
    count(timestampMs);
    return ACCEPTED;
  }

  private byte judgeHistogram(
      int entry,
      int at,
      int slot,
      long[] rows,
      int row,
      long timestampMs,
      NativeHistogram histogram) {
    if (timestampMs <= rows[row + ACCEPTED_TIME]
        || timestampMs < validFromMs
        || timestampMs > validToMs) {
      return judgeUnusual(entry, at, slot, rows, row, timestampMs, histogram.hashCode(), histogram);
    }
    if ((rows[row + OPEN_CHUNK] & DEFINED) == 0 && !define(entry, slot, rows, row)) {
      return NOT_STORED;
    }
    rows[row + ACCEPTED_TIME] = timestampMs;
    rows[row + ACCEPTED_BITS] = histogram.hashCode();
    rows[row + OPEN_CHUNK] |= ACCEPTED_HISTOGRAM;
    record.histogram(
        table.logRefs.get(slot), timestampMs, histogram, startMs(batch.histogramStarts(), at));
    count(timestampMs);
    return ACCEPTED;
  }

  /// Since when a sample of the batch counts; 0 if that is not known or not kept.
  private long startMs(StartColumn starts, int at) {
    return keepsStarts ? starts.get(at) : 0;
  }

  private void count(long timestampMs) {
    acceptedCount++;
    minTimeMs = Math.min(minTimeMs, timestampMs);
    maxTimeMs = Math.max(maxTimeMs, timestampMs);
  }

  /// Has the log define a series with its first sample. It needs labels for it, which a batch that
  /// knows such a series has: its ref is given out when the series is defined.
  private boolean define(int entry, int slot, long[] rows, int row) {
    int start = batch.labelsStart(entry);
    int length = batch.labelsEnd(entry) - start;
    if (length == 0) {
      slots[entry] = BatchSeries.UNKNOWN_REF;
      return false;
    }
    record.series(table.logRefs.get(slot), batch.labelBytes(), start, length);
    rows[row + OPEN_CHUNK] |= DEFINED;
    return true;
  }

  /// A sample that is not simply the newest of its series: a repetition, one that is out of order,
  /// or refused.
  private byte judgeUnusual(
      int entry,
      int at,
      int slot,
      long[] rows,
      int row,
      long timestampMs,
      long bits,
      @Nullable NativeHistogram histogram) {
    long lastMs = rows[row + ACCEPTED_TIME];
    if (timestampMs > lastMs || lastMs == NO_TIME) {
      return reject(
          entry,
          timestampMs,
          timestampMs > validToMs ? RejectReason.TOO_FAR_IN_FUTURE : RejectReason.OUT_OF_BOUNDS);
    }
    ChunkSearch.Found found =
        histogram == null
            ? findFloat(entry, at, slot, rows, row, timestampMs, bits)
            : findHistogram(at, slot, rows, row, timestampMs, histogram);
    if (found == ChunkSearch.Found.SAME) {
      repeatedCount++;
      return STORED_ALREADY;
    }
    boolean isTaken = outOfOrderFromMs != Long.MAX_VALUE;
    if (timestampMs == lastMs || (found == ChunkSearch.Found.OTHER && isTaken)) {
      return reject(entry, timestampMs, RejectReason.NEW_VALUE_FOR_TIMESTAMP);
    }
    if (timestampMs >= outOfOrderFromMs && !tenant.tombstones().contains(slot, timestampMs)) {
      return acceptOutOfOrder(slot, at, timestampMs, bits, histogram);
    }
    return reject(
        entry,
        timestampMs,
        isTaken || timestampMs < validFromMs ? RejectReason.TOO_OLD : RejectReason.OUT_OF_ORDER);
  }

  private byte acceptOutOfOrder(
      int slot, int at, long timestampMs, long bits, @Nullable NativeHistogram histogram) {
    long logRef = table.logRefs.get(slot);
    if (histogram == null) {
      record.outOfOrderSample(logRef, timestampMs, bits, startMs(batch.starts(), at));
    } else {
      long startMs = startMs(batch.histogramStarts(), at);
      record.outOfOrderHistogram(logRef, timestampMs, histogram, startMs);
    }
    count(timestampMs);
    outOfOrderCount++;
    return ACCEPTED_OUT_OF_ORDER;
  }

  /// What there is at the time of a float that is not newer than the last one accepted.
  private ChunkSearch.Found findFloat(
      int entry, int at, int slot, long[] rows, int row, long timestampMs, long bits) {
    if (timestampMs == rows[row + ACCEPTED_TIME]) {
      return ChunkSearch.Found.of(
          bits == rows[row + ACCEPTED_BITS] && (rows[row + OPEN_CHUNK] & ACCEPTED_HISTOGRAM) == 0);
    }
    if (timestampMs <= rows[row + APPLIED_TIME]) {
      ChunkSearch.Found found = head.stripe(slot).find(slot, timestampMs, bits, null);
      if (found != ChunkSearch.Found.NOTHING || outOfOrderCount == 0) {
        return found;
      }
    }
    int seen = 0;
    for (int i = entry; i >= 0 && seen < MAX_LOOK_BACK; i--, seen++) {
      if (slots[i] != slot) {
        continue;
      }
      int start = batch.sampleStart(i);
      for (int k = (i == entry ? at : batch.sampleEnd(i)) - 1; k >= start; k--) {
        if (verdicts[k] >= ACCEPTED && batch.timestampsMs()[k] == timestampMs) {
          return ChunkSearch.Found.of(batch.valueBits()[k] == bits);
        }
        // What was accepted of a series is in order of time, unless it is said not to be.
        boolean isBefore = verdicts[k] == ACCEPTED && batch.timestampsMs()[k] < timestampMs;
        if ((isBefore && outOfOrderCount == 0) || ++seen > MAX_LOOK_BACK) {
          return ChunkSearch.Found.NOTHING;
        }
      }
    }
    return ChunkSearch.Found.NOTHING;
  }

  private ChunkSearch.Found findHistogram(
      int at, int slot, long[] rows, int row, long timestampMs, NativeHistogram histogram) {
    if (timestampMs <= rows[row + APPLIED_TIME]) {
      ChunkSearch.Found found = head.stripe(slot).find(slot, timestampMs, 0, histogram);
      if (found != ChunkSearch.Found.NOTHING || outOfOrderCount == 0) {
        return found;
      }
    }
    for (int k = at - 1; k >= Math.max(0, at - MAX_LOOK_BACK); k--) {
      if (histogramVerdicts[k] >= ACCEPTED
          && slots[batch.histogramSeries(k)] == slot
          && batch.histogramTimestampMs(k) == timestampMs) {
        return ChunkSearch.Found.of(ChunkSearch.isSame(batch.histogram(k), histogram));
      }
    }
    return ChunkSearch.Found.NOTHING;
  }

  /// Entries one by one, floats and histograms of one in order of time.
  private void judgeOneByOne() {
    Arrays.fill(verdicts, 0, batch.sampleCount(), NOT_STORED);
    Arrays.fill(histogramVerdicts, 0, batch.histogramCount(), NOT_STORED);
    int h = 0;
    for (int i = 0; i < batch.seriesCount(); i++) {
      int k = batch.sampleStart(i);
      while (true) {
        boolean hasHistogram = h < batch.histogramCount() && batch.histogramSeries(h) == i;
        boolean hasFloat = k < batch.sampleEnd(i);
        if (!hasHistogram && !hasFloat) {
          break;
        }
        if (isFloatNext(hasFloat, hasHistogram, k, h)) {
          verdicts[k] = judgeOne(i, k, batch.timestampsMs()[k], batch.valueBits()[k], null);
          k++;
        } else {
          histogramVerdicts[h] =
              judgeOne(i, h, batch.histogramTimestampMs(h), 0, batch.histogram(h));
          h++;
        }
      }
    }
  }

  private boolean isFloatNext(boolean hasFloat, boolean hasHistogram, int k, int h) {
    return hasFloat && (!hasHistogram || batch.timestampsMs()[k] <= batch.histogramTimestampMs(h));
  }

  private byte judgeOne(
      int entry, int at, long timestampMs, long bits, @Nullable NativeHistogram histogram) {
    int slot = slots[entry];
    if (slot < 0) {
      return refuse(entry, timestampMs);
    }
    long[] rows = table.rows.page(slot);
    int row = table.rows.row(slot);
    if (histogram != null) {
      return judgeHistogram(entry, at, slot, rows, row, timestampMs, histogram);
    }
    byte verdict = judgeSample(entry, at, slot, rows, row, timestampMs, bits);
    if (verdict == ACCEPTED) {
      record.start(startMs(batch.starts(), at));
    }
    return verdict;
  }

  private byte refuse(int entry, long timestampMs) {
    RejectReason refusal = series.refusal(entry);
    if (refusal != null) {
      reject(entry, timestampMs, refusal);
    }
    return NOT_STORED;
  }

  private byte reject(int entry, long timestampMs, RejectReason reason) {
    refusals.add(entry, timestampMs, reason);
    return NOT_STORED;
  }

  // ---- logging

  /// Hands the record to the log, if there is something to log or to wait for. The room is given
  /// back by the log, whatever happens.
  private @Nullable LogAppend append() {
    if (record.isEmpty() && !mustWaitForOthers()) {
      return null;
    }
    record.finish();
    long room = reservedBytes;
    reservedBytes = 0;
    return log.append(record, room);
  }

  /// What this batch repeats was perhaps written by another that is not durable yet: then the
  /// answer waits behind an empty record.
  private boolean mustWaitForOthers() {
    return (repeatedCount > 0 || extras.hasRepetitions())
        && log.durablePosition() < log.endPosition();
  }

  private @Nullable LogAppend appendWithExtras() {
    tenant.extrasLock().lock();
    try {
      extras.record(validToMs);
      LogAppend append = append();
      extras.keep();
      return append;
    } finally {
      tenant.extrasLock().unlock();
    }
  }

  private void restore() {
    for (int i = 0; i < batch.seriesCount(); i++) {
      int slot = slots[i];
      if (slot >= 0) {
        long[] rows = table.rows.page(slot);
        int row = table.rows.row(slot);
        head.stripe(slot).restore(rows, row);
        if (rows[row + ACCEPTED_TIME] == NO_TIME) {
          rows[row + OPEN_CHUNK] &= ~DEFINED;
        }
      }
    }
  }

  // ---- applying

  private void apply() {
    if (acceptedCount == 0) {
      return;
    }
    if (batch.histogramCount() > 0 || keepsStarts) {
      applyOneByOne();
      return;
    }
    long[] timestampsMs = batch.timestampsMs();
    long[] valueBits = batch.valueBits();
    for (int i = 0; i < batch.seriesCount(); i++) {
      int slot = slots[i];
      if (slot >= 0) {
        long[] rows = table.rows.page(slot);
        int row = table.rows.row(slot);
        Stripe stripe = head.stripe(slot);
        int end = batch.sampleEnd(i);
        for (int k = batch.sampleStart(i); k < end; k++) {
          if (verdicts[k] == ACCEPTED) {
            stripe.append(slot, rows, row, timestampsMs[k], valueBits[k]);
          } else if (verdicts[k] == ACCEPTED_OUT_OF_ORDER) {
            stripe.insert(slot, rows, row, timestampsMs[k], valueBits[k], null, 0);
          }
        }
      }
    }
  }

  private void applyOneByOne() {
    int h = 0;
    for (int i = 0; i < batch.seriesCount(); i++) {
      int slot = slots[i];
      int k = batch.sampleStart(i);
      while (true) {
        boolean hasHistogram = h < batch.histogramCount() && batch.histogramSeries(h) == i;
        boolean hasFloat = k < batch.sampleEnd(i);
        if (!hasHistogram && !hasFloat) {
          break;
        }
        if (isFloatNext(hasFloat, hasHistogram, k, h)) {
          long startMs = startMs(batch.starts(), k);
          applyOne(slot, verdicts[k], batch.timestampsMs()[k], batch.valueBits()[k], null, startMs);
          k++;
        } else {
          long startMs = startMs(batch.histogramStarts(), h);
          applyOne(
              slot,
              histogramVerdicts[h],
              batch.histogramTimestampMs(h),
              0,
              batch.histogram(h),
              startMs);
          h++;
        }
      }
    }
  }

  private void applyOne(
      int slot,
      byte verdict,
      long timestampMs,
      long bits,
      @Nullable NativeHistogram histogram,
      long startMs) {
    if (verdict < ACCEPTED) {
      return;
    }
    Stripe stripe = head.stripe(slot);
    long[] rows = table.rows.page(slot);
    int row = table.rows.row(slot);
    if (verdict == ACCEPTED_OUT_OF_ORDER) {
      stripe.insert(slot, rows, row, timestampMs, bits, histogram, startMs);
    } else {
      stripe.append(slot, rows, row, timestampMs, bits, histogram, startMs);
    }
  }

  private void finish() {
    for (int i = 0; i < batch.seriesCount(); i++) {
      if (slots[i] == BatchSeries.UNKNOWN_REF) {
        result.addUnknownRef(i);
      } else if (slots[i] >= 0 && batch.labelsStart(i) < batch.labelsEnd(i) && series.isOwner(i)) {
        result.assignRef(i, series.ref(i));
      }
    }
    result.addStored(acceptedCount + repeatedCount);
    if (acceptedCount > 0) {
      tenant.noteTimes(minTimeMs, maxTimeMs);
    }
    refusals.end(tenant, batch, slots);
  }
}
