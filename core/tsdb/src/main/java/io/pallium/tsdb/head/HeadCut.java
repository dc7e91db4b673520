package io.pallium.tsdb.head;

import io.pallium.base.memory.MemoryBudget;
import io.pallium.chunk.ChunkEncoding;
import io.pallium.chunk.HistogramCodec;
import io.pallium.chunk.HistogramWriter;
import io.pallium.chunk.XorCodec;
import io.pallium.chunk.XorWriter;
import io.pallium.model.Labels;
import io.pallium.model.NativeHistogram;
import io.pallium.storage.QueryControl;
import io.pallium.storage.SampleColumn;
import io.pallium.storage.SampleCursor;
import io.pallium.tsdb.deletion.TimeSpans;
import io.pallium.tsdb.deletion.UndeletedCursor;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// Hands one tenant's samples in `[minTimeMs, endMs)` to a block's writer: series in label order,
/// chunks as they are, but for those that reach over a bound, which are encoded anew. Confined to
/// one thread; the range is closed for writes ([Head#closeRange]) and not dropped meanwhile.
public final class HeadCut {
  private static final int MAX_MERGED_SAMPLES = 120;

  private final Head head;
  private final TenantHead tenant;
  private final long minTimeMs;
  private final long endMs;
  private final CapturedSeries captured;
  private final XorWriter floats = new XorWriter();
  private final HistogramWriter histograms = new HistogramWriter();
  private long[] timestampsMs = new long[1024];
  private double[] values = new double[1024];

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

  private void writeSeries(int slot, Sink sink) throws IOException {
    Stripe stripe = head.stripe(slot);
    stripe.lock.lock();
    try {
      stripe.capture(slot, minTimeMs, endMs - 1, captured);
    } finally {
      stripe.lock.unlock();
    }
    if (captured.chunkCount() == 0 && !captured.hasOutOfOrder()) {
      return;
    }
    TimeSpans deleted = tenant.tombstones().of(slot);
    if (captured.hasOutOfOrder() || deleted != null) {
      writeMerged(slot, deleted, sink);
      return;
    }
    sink.series(tenant.labels(slot));
    for (int chunk = captured.chunkCount() - 1; chunk >= 0; chunk--) {
      if (captured.encoding(chunk) == ChunkEncoding.XOR) {
        writeFloats(chunk, sink);
      } else {
        writeHistograms(chunk, sink);
      }
    }
  }

  private void writeFloats(int chunk, Sink sink) throws IOException {
    captured.load(chunk);
    byte[] source = captured.source();
    int offset = captured.offset();
    int length = captured.lengthBytes(chunk);
    int count = XorCodec.sampleCount(source, offset, length);
    ensureRoom(count);
    XorCodec.decode(source, offset, length, timestampsMs, values, 0);
    int from = firstWithin(count);
    int to = endWithin(from, count);
    if (from == to) {
      return;
    }
    if (to - from == count) {
      sink.chunk(
          ChunkEncoding.XOR, timestampsMs[0], timestampsMs[count - 1], source, offset, length);
      return;
    }
    floats.reset();
    for (int i = from; i < to; i++) {
      floats.append(timestampsMs[i], values[i]);
    }
    byte[] clipped = floats.toBytes();
    sink.chunk(
        ChunkEncoding.XOR, timestampsMs[from], timestampsMs[to - 1], clipped, 0, clipped.length);
  }

  private void writeHistograms(int chunk, Sink sink) throws IOException {
    captured.load(chunk);
    byte[] source = captured.source();
    int offset = captured.offset();
    int length = captured.lengthBytes(chunk);
    int count = HistogramCodec.sampleCount(source, offset, length);
    ensureRoom(count);
    NativeHistogram[] samples = new NativeHistogram[count];
    int encoding = captured.encoding(chunk);
    HistogramCodec.decode(encoding, source, offset, length, timestampsMs, samples, 0);
    int from = firstWithin(count);
    int to = endWithin(from, count);
    if (from == to) {
      return;
    }
    if (to - from == count) {
      sink.chunk(encoding, timestampsMs[0], timestampsMs[count - 1], source, offset, length);
      return;
    }
    histograms.reset();
    for (int i = from; i < to; i++) {
      histograms.append(timestampsMs[i], samples[i]);
    }
    byte[] clipped = histograms.cut();
    sink.chunk(encoding, timestampsMs[from], timestampsMs[to - 1], clipped, 0, clipped.length);
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
    histograms.reset();
    int from = 0;
    while (from < column.size()) {
      NativeHistogram first = column.histogram(from);
      from =
          first == null ? encodeFloats(column, from, sink) : encodeHistograms(column, from, sink);
    }
  }

  private int encodeFloats(SampleColumn column, int from, Sink sink) throws IOException {
    floats.reset();
    int at = from;
    while (at < column.size() && at - from < MAX_MERGED_SAMPLES && column.histogram(at) == null) {
      floats.append(column.timestampsMs()[at], column.values()[at]);
      at++;
    }
    byte[] chunk = floats.toBytes();
    long[] timesMs = column.timestampsMs();
    sink.chunk(ChunkEncoding.XOR, timesMs[from], timesMs[at - 1], chunk, 0, chunk.length);
    histograms.reset();
    return at;
  }

  private int encodeHistograms(SampleColumn column, int from, Sink sink) throws IOException {
    int at = from;
    while (at < column.size() && at - from < MAX_MERGED_SAMPLES) {
      NativeHistogram histogram = column.histogram(at);
      if (histogram == null || !histograms.append(column.timestampsMs()[at], histogram)) {
        break;
      }
      at++;
    }
    int encoding = histograms.encoding();
    byte[] chunk = histograms.cut();
    long[] timesMs = column.timestampsMs();
    sink.chunk(encoding, timesMs[from], timesMs[at - 1], chunk, 0, chunk.length);
    return at;
  }

  private int firstWithin(int count) {
    int from = 0;
    while (from < count && timestampsMs[from] < minTimeMs) {
      from++;
    }
    return from;
  }

  private int endWithin(int from, int count) {
    int to = count;
    while (to > from && timestampsMs[to - 1] >= endMs) {
      to--;
    }
    return to;
  }

  private void ensureRoom(int count) {
    if (count > timestampsMs.length) {
      timestampsMs = new long[count];
      values = new double[count];
    }
  }
}
