package io.pallium.tsdb.head;

import io.pallium.base.HotPath;
import io.pallium.chunk.ChunkEncoding;
import io.pallium.chunk.HistogramCodec;
import io.pallium.chunk.XorCodec;
import io.pallium.model.NativeHistogram;
import io.pallium.storage.QueryControl;
import io.pallium.storage.SampleColumn;
import io.pallium.storage.SampleCursor;
import org.jspecify.annotations.Nullable;

/// Walks one series' samples in the head. The series is captured at the first run, under its
/// stripe's lock, for about as long as it takes to copy the open chunk; everything after needs no
/// lock. Confined to one thread; the querier that opened it keeps its chunks from being freed.
@HotPath
final class HeadCursor implements SampleCursor {
  private final Head head;
  private final int slot;
  private final long maxTimeMs;
  private final QueryControl control;
  private final CapturedSeries captured;
  private long minTimeMs;
  private boolean isCaptured;
  private @Nullable OutOfOrderMerge outOfOrder;
  private int nextChunk;

  HeadCursor(Head head, int slot, long minTimeMs, long maxTimeMs, QueryControl control) {
    this.head = head;
    this.slot = slot;
    this.minTimeMs = minTimeMs;
    this.maxTimeMs = maxTimeMs;
    this.control = control;
    this.captured = new CapturedSeries(control.budget(), head.chunkFiles());
  }

  @Override
  public boolean nextRun(SampleColumn into) {
    if (!isCaptured) {
      capture();
    }
    int from = into.size();
    while (nextChunk >= 0) {
      int chunk = nextChunk--;
      if (captured.maxTimeMs(chunk) >= minTimeMs) {
        addChunk(into, chunk);
        addOutOfOrder(into, from, captured.maxTimeMs(chunk));
        if (into.size() > from) {
          return true;
        }
      }
    }
    addOutOfOrder(into, from, maxTimeMs);
    // What was copied is not needed any more.
    captured.reset();
    return into.size() > from;
  }

  private void addOutOfOrder(SampleColumn into, int from, long upToMs) {
    OutOfOrderMerge merge = outOfOrder;
    if (merge != null) {
      merge.mergeInto(into, from, minTimeMs, Math.min(upToMs, maxTimeMs));
      if (upToMs >= maxTimeMs) {
        merge.release();
        outOfOrder = null;
      }
    }
  }

  @Override
  public void skipTo(long timestampMs) {
    minTimeMs = Math.max(minTimeMs, timestampMs);
  }

  private void capture() {
    isCaptured = true;
    control.check();
    Stripe stripe = head.stripe(slot);
    stripe.lock.lock();
    try {
      stripe.capture(slot, minTimeMs, maxTimeMs, captured);
    } finally {
      stripe.lock.unlock();
    }
    nextChunk = captured.inOrderCount() - 1;
    if (captured.hasOutOfOrder()) {
      OutOfOrderMerge merge = new OutOfOrderMerge(control);
      merge.load(captured);
      outOfOrder = merge;
    }
  }

  private void addChunk(SampleColumn into, int chunk) {
    if (captured.encoding(chunk) == ChunkEncoding.XOR) {
      addFloats(into, chunk);
    } else {
      addHistograms(into, chunk);
    }
  }

  private void addFloats(SampleColumn into, int chunk) {
    captured.load(chunk);
    byte[] array = captured.source();
    int offset = captured.offset();
    int length = captured.lengthBytes(chunk);
    int from = into.size();
    into.ensureRoom(XorCodec.sampleCount(array, offset, length));
    long[] timestampsMs = into.timestampsMs();
    int end = from + XorCodec.decode(array, offset, length, timestampsMs, into.values(), from);
    control.addSamplesRead(end - from);
    if (end == from) {
      return;
    }
    if (timestampsMs[from] < minTimeMs || timestampsMs[end - 1] > maxTimeMs) {
      end = clip(into, from, end);
    }
    into.setSize(end);
  }

  /// Leaves of the samples just decoded those within the bounds.
  private int clip(SampleColumn into, int from, int end) {
    long[] timestampsMs = into.timestampsMs();
    int first = from;
    while (first < end && timestampsMs[first] < minTimeMs) {
      first++;
    }
    int last = end;
    while (last > first && timestampsMs[last - 1] > maxTimeMs) {
      last--;
    }
    System.arraycopy(timestampsMs, first, timestampsMs, from, last - first);
    System.arraycopy(into.values(), first, into.values(), from, last - first);
    return from + last - first;
  }

  private void addHistograms(SampleColumn into, int chunk) {
    captured.load(chunk);
    byte[] array = captured.source();
    int offset = captured.offset();
    int length = captured.lengthBytes(chunk);
    int count = HistogramCodec.sampleCount(array, offset, length);
    long[] timestampsMs = new long[count];
    NativeHistogram[] histograms = new NativeHistogram[count];
    HistogramCodec.decode(
        captured.encoding(chunk), array, offset, length, timestampsMs, histograms, 0);
    control.addSamplesRead(count);
    for (int i = 0; i < count; i++) {
      if (timestampsMs[i] >= minTimeMs && timestampsMs[i] <= maxTimeMs) {
        into.add(timestampsMs[i], histograms[i]);
      }
    }
  }
}
