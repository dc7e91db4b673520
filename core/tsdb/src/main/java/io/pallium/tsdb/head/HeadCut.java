package io.pallium.tsdb.head;

import io.pallium.base.CorruptDataException;
import io.pallium.base.memory.MemoryBudget;
import io.pallium.chunk.ChunkAppender;
import io.pallium.chunk.ChunkSamples;
import io.pallium.model.Labels;
import io.pallium.model.NativeHistogram;
import io.pallium.storage.QueryControl;
import io.pallium.storage.SampleColumn;
import io.pallium.storage.SampleCursor;
import io.pallium.tsdb.deletion.TimeSpans;
import io.pallium.tsdb.deletion.UndeletedCursor;
import io.pallium.tsdb.log.WriteLog;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Hands one tenant's samples in `[minTimeMs, endMs)` to a block's writer: series in label order,
/// chunks as they are, but for those that reach over a bound, which are encoded anew. Confined to
/// one thread; the range is closed for writes ([Head#closeRange]) and not dropped meanwhile.
public final class HeadCut {
  private static final Logger log = LoggerFactory.getLogger(HeadCut.class);
  private static final int MAX_ENCODED_SAMPLES = 120;

  private final Head head;
  private final TenantHead tenant;
  private final long minTimeMs;
  private final long endMs;
  private final CapturedSeries captured;
  private final ChunkSamples decoded = new ChunkSamples();
  private final ChunkAppender encoded = new ChunkAppender(MAX_ENCODED_SAMPLES);

  // Of chunks that cannot be read; null while none is known.
  private @Nullable LostSamples lost;

  HeadCut(Head head, TenantHead tenant, long minTimeMs, long endMs) {
    this.head = head;
    this.tenant = tenant;
    this.minTimeMs = minTimeMs;
    this.endMs = endMs;
    this.captured = new CapturedSeries(MemoryBudget.root("cut", Long.MAX_VALUE), head.chunkFiles());
  }

  /// Takes series and chunks.
  public interface Sink {
    /// Begins a series.
    void series(Labels labels) throws IOException;

    /// A chunk of the series, later than the one before; the bytes are valid during the call only.
    void chunk(
        int encoding, long chunkMinMs, long chunkMaxMs, byte[] source, int offset, int lengthBytes)
        throws IOException;
  }

  /// Hands everything over.
  ///
  /// @throws IOException as the sink does
  public void writeTo(Sink sink) throws IOException {
    ReadEpochs.Epoch epoch = tenant.epochs().enter();
    try {
      int[] slots;
      tenant.index().lock().readLock().lock();
      try {
        slots = tenant.index().published();
      } finally {
        tenant.index().lock().readLock().unlock();
      }
      tenant.index().sort(slots);
      for (int slot : slots) {
        writeSeries(slot, sink);
      }
    } finally {
      tenant.epochs().leave(epoch);
    }
  }

  /// Looks for chunks that cannot be read, and takes their samples from the log. A walk that
  /// follows has these in their places, and leaves out what the log does not have either: that is
  /// reported and counted.
  ///
  /// @throws io.pallium.base.UnavailableException if the log cannot be read
  public void rescue(WriteLog source) {
    LostSamples wanted = new LostSamples();
    ReadEpochs.Epoch epoch = tenant.epochs().enter();
    try {
      for (int slot : Head.publishedOf(tenant.index())) {
        capture(slot);
        for (int chunk = 0; chunk < captured.chunkCount(); chunk++) {
          if (!isReadable(chunk)) {
            want(slot, chunk, wanted);
          }
        }
      }
    } finally {
      tenant.epochs().leave(epoch);
    }
    log.warn(
        "chunks of the head cannot be read, their samples are taken from the log tenant={} series={}",
        tenant.id(),
        Integer.toString(wanted.seriesCount()));
    int damaged = source.read(wanted);
    lost = wanted;
    LostSamples.Missing missing = wanted.missing();
    if (missing.chunks() > 0 || damaged > 0) {
      head.metrics().lostChunks.inc(missing.chunks());
      log.error(
          "the log is damaged too, a block goes without what neither chunks nor the log have"
              + " tenant={} missing={} damagedPlacesOfTheLog={}",
          tenant.id(),
          missing,
          Integer.toString(damaged));
    }
  }

  private boolean isReadable(int chunk) {
    try {
      captured.load(chunk);
      return true;
    } catch (CorruptDataException e) {
      return false;
    }
  }

  /// A chunk in order begins after the one before it ends; others overlap.
  private void want(int slot, int chunk, LostSamples wanted) {
    boolean hasOlder = chunk + 1 < captured.inOrderCount();
    long fromMs = hasOlder ? captured.maxTimeMs(chunk + 1) + 1 : minTimeMs;
    long lastMs = captured.maxTimeMs(chunk);
    wanted.want(
        head.table().logRefs.get(slot),
        Math.max(fromMs, minTimeMs),
        Math.min(lastMs, endMs - 1),
        lastMs < endMs);
  }

  private void capture(int slot) {
    Stripe stripe = head.stripe(slot);
    stripe.lock.lock();
    try {
      stripe.capture(slot, minTimeMs, endMs - 1, captured);
    } finally {
      stripe.lock.unlock();
    }
  }

  /// Encodes all samples of a series anew, with those that were lost.
  private void writeRescued(int slot, List<OutOfOrderSample> samples, Sink sink)
      throws IOException {
    for (int chunk = captured.chunkCount() - 1; chunk >= 0; chunk--) {
      if (isReadable(chunk)) {
        decoded.decode(
            captured.encoding(chunk),
            captured.source(),
            captured.offset(),
            captured.lengthBytes(chunk));
        LostSamples.addTo(samples, decoded);
      }
    }
    samples.addAll(captured.outOfOrder());
    samples.sort(Comparator.comparingLong(OutOfOrderSample::timestampMs));
    TimeSpans deleted = tenant.tombstones().of(slot);
    boolean isAny = false;
    long lastMs = Long.MIN_VALUE;
    for (OutOfOrderSample sample : samples) {
      long timeMs = sample.timestampMs();
      boolean isWithin = timeMs >= minTimeMs && timeMs < endMs;
      if (!isWithin || timeMs == lastMs || (deleted != null && deleted.contains(timeMs))) {
        continue;
      }
      if (!isAny) {
        sink.series(tenant.labels(slot));
        isAny = true;
      }
      encode(timeMs, sample.value(), sample.histogram(), sample.startMs(), sink);
      lastMs = timeMs;
    }
    endEncoding(sink);
  }

  private void writeSeries(int slot, Sink sink) throws IOException {
    capture(slot);
    if (captured.chunkCount() == 0 && !captured.hasOutOfOrder()) {
      return;
    }
    long ref = head.table().logRefs.get(slot);
    if (lost != null && lost.has(ref)) {
      writeRescued(slot, lost.of(ref), sink);
      return;
    }
    TimeSpans deleted = tenant.tombstones().of(slot);
    if (captured.hasOutOfOrder() || deleted != null) {
      writeMerged(slot, deleted, sink);
      return;
    }
    sink.series(tenant.labels(slot));
    for (int chunk = captured.chunkCount() - 1; chunk >= 0; chunk--) {
      writeChunk(chunk, sink);
    }
  }

  private void writeChunk(int chunk, Sink sink) throws IOException {
    captured.load(chunk);
    byte[] source = captured.source();
    int offset = captured.offset();
    int length = captured.lengthBytes(chunk);
    int encoding = captured.encoding(chunk);
    decoded.decode(encoding, source, offset, length);
    int count = decoded.count();
    int from = decoded.firstFrom(minTimeMs);
    int to = decoded.firstFrom(endMs);
    if (to - from == count && count > 0) {
      sink.chunk(
          encoding, decoded.timestampMs(0), decoded.timestampMs(count - 1), source, offset, length);
      return;
    }
    for (int i = from; i < to; i++) {
      encode(
          decoded.timestampMs(i), decoded.value(i), decoded.histogram(i), decoded.startMs(i), sink);
    }
    endEncoding(sink);
  }

  /// Encodes all samples of a series anew, those that came out of order in their places, without
  /// those that are deleted.
  private void writeMerged(int slot, @Nullable TimeSpans deleted, Sink sink) throws IOException {
    QueryControl control = QueryControl.unlimited();
    SampleColumn column = new SampleColumn(control);
    SampleCursor cursor =
        UndeletedCursor.of(
            new HeadCursor(head, slot, minTimeMs, endMs - 1, control), deleted, control);
    while (cursor.nextRun(column)) {}
    if (column.size() == 0) {
      return;
    }
    sink.series(tenant.labels(slot));
    for (int i = 0; i < column.size(); i++) {
      encode(
          column.timestampsMs()[i],
          column.values()[i],
          column.histogram(i),
          column.startMs(i),
          sink);
    }
    endEncoding(sink);
  }

  private void encode(
      long timestampMs, double value, @Nullable NativeHistogram histogram, long startMs, Sink sink)
      throws IOException {
    if (!encoded.append(timestampMs, value, histogram, startMs)) {
      endChunk(sink);
      encoded.append(timestampMs, value, histogram, startMs);
    }
  }

  private void endEncoding(Sink sink) throws IOException {
    if (encoded.sampleCount() > 0) {
      endChunk(sink);
    }
    encoded.forget();
  }

  private void endChunk(Sink sink) throws IOException {
    int encoding = encoded.encoding();
    byte[] chunk = encoded.cut();
    sink.chunk(encoding, encoded.minTimeMs(), encoded.maxTimeMs(), chunk, 0, chunk.length);
  }
}
