package io.pallium.tsdb.head;

import io.pallium.base.memory.MemoryBudget;
import io.pallium.chunk.ChunkEncoding;
import io.pallium.chunk.HistogramWriter;
import io.pallium.chunk.XorCodec;
import io.pallium.chunk.XorWriter;
import io.pallium.model.Labels;
import io.pallium.model.NativeHistogram;
import java.io.IOException;

/// Hands one tenant's samples in `[minTimeMs, endMs)` to a block's writer: series in label order,
/// chunks as they are, but for those that reach over a bound, which are encoded anew. Confined to
/// one thread; the range is closed for writes ([Head#closeRange]) and not dropped meanwhile.
public final class HeadCut {
  private static final int MAX_HISTOGRAMS_PER_CHUNK = 120;

  private final Head head;
  private final TenantHead tenant;
  private final long minTimeMs;
  private final long endMs;
  private final CapturedSeries captured =
      new CapturedSeries(MemoryBudget.root("cut", Long.MAX_VALUE));
  private final XorWriter floats = new XorWriter();
  private final HistogramWriter histograms = new HistogramWriter();
  private long[] timestampsMs = new long[1024];
  private double[] values = new double[1024];

  HeadCut(Head head, TenantHead tenant, long minTimeMs, long endMs) {
    this.head = head;
    this.tenant = tenant;
    this.minTimeMs = minTimeMs;
    this.endMs = endMs;
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
    if (captured.chunkCount() + captured.histogramCount() == 0) {
      return;
    }
    sink.series(tenant.labels(slot));
    histograms.reset();
    int histogram = 0;
    for (int chunk = captured.chunkCount() - 1; chunk >= 0; chunk--) {
      histogram = writeHistograms(histogram, captured.maxTimeMs(chunk), sink);
      writeFloats(chunk, sink);
    }
    writeHistograms(histogram, Long.MAX_VALUE, sink);
  }

  private void writeFloats(int chunk, Sink sink) throws IOException {
    byte[] source = captured.array(chunk);
    int offset = captured.offset(chunk);
    int length = captured.lengthBytes(chunk);
    int count = XorCodec.sampleCount(source, offset, length);
    if (count > timestampsMs.length) {
      timestampsMs = new long[count];
      values = new double[count];
    }
    XorCodec.decode(source, offset, length, timestampsMs, values, 0);
    int from = 0;
    while (from < count && timestampsMs[from] < minTimeMs) {
      from++;
    }
    int to = count;
    while (to > from && timestampsMs[to - 1] >= endMs) {
      to--;
    }
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

  /// Writes the histograms before a time, in chunks of their own.
  private int writeHistograms(int from, long beforeMs, Sink sink) throws IOException {
    int at = from;
    int chunkStart = from;
    while (at < captured.histogramCount()
        && (beforeMs == Long.MAX_VALUE || captured.histogramTimeMs(at) < beforeMs)) {
      NativeHistogram histogram = captured.histogram(at);
      if (histogram == null) {
        throw new AssertionError("BUG: a captured histogram is missing");
      }
      boolean isFull = at - chunkStart >= MAX_HISTOGRAMS_PER_CHUNK;
      if (isFull || !histograms.append(captured.histogramTimeMs(at), histogram)) {
        endHistogramChunk(chunkStart, at, sink);
        chunkStart = at;
        histograms.append(captured.histogramTimeMs(at), histogram);
      }
      at++;
    }
    if (at > chunkStart) {
      endHistogramChunk(chunkStart, at, sink);
    }
    return at;
  }

  private void endHistogramChunk(int from, int to, Sink sink) throws IOException {
    int encoding = histograms.encoding();
    byte[] chunk = histograms.cut();
    sink.chunk(
        encoding,
        captured.histogramTimeMs(from),
        captured.histogramTimeMs(to - 1),
        chunk,
        0,
        chunk.length);
  }
}
