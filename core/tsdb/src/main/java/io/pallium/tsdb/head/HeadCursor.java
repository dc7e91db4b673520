package io.pallium.tsdb.head;

import io.pallium.base.HotPath;
import io.pallium.storage.QueryControl;
import io.pallium.storage.SampleColumn;
import io.pallium.storage.SampleCursor;
import io.pallium.tsdb.chunk.ColumnDecoder;
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
  private final ColumnDecoder decoder;
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
    this.decoder = new ColumnDecoder(control);
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
    captured.load(chunk);
    decoder.add(
        captured.encoding(chunk),
        captured.source(),
        captured.offset(),
        captured.lengthBytes(chunk),
        minTimeMs,
        maxTimeMs,
        into);
  }
}
