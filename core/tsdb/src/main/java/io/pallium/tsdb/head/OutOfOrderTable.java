package io.pallium.tsdb.head;

import io.pallium.chunk.ChunkAppender;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The samples of one stripe's series that came out of order. They are few, so they lie beside the
/// rows: of each series the last ones, sorted, and a chain of chunks that were made of those
/// before, whose times overlap each other and everything else. Guarded by the stripe's lock.
final class OutOfOrderTable {
  private static final int MAX_OPEN_SAMPLES = 32;

  private final ClosedChunks closed;
  private final Map<Integer, Series> series = new HashMap<>();
  private final ChunkAppender chunk = new ChunkAppender(MAX_OPEN_SAMPLES);

  OutOfOrderTable(ClosedChunks closed) {
    this.closed = closed;
  }

  private static final class Series {
    final List<OutOfOrderSample> open = new ArrayList<>();

    /// A chunk of the chain, or 0.
    int chain;
  }

  /// Adds a sample at a time at which the series has none here.
  void add(int slot, OutOfOrderSample sample) {
    Series present = series.computeIfAbsent(slot, _ -> new Series());
    if (present.open.size() == MAX_OPEN_SAMPLES) {
      close(slot, present);
    }
    int at = present.open.size();
    while (at > 0 && present.open.get(at - 1).timestampMs() > sample.timestampMs()) {
      at--;
    }
    present.open.add(at, sample);
  }

  /// Takes over chunks of a series that were found in files and do not end before a time, and that
  /// it does not have yet.
  ///
  /// @param chunk one of them, the others before it
  /// @return whether there were any
  boolean attach(int slot, RecoveredChunks chunks, int chunk, long fromMs) {
    boolean isAny = false;
    for (int each = chunk; each >= 0; each = chunks.previous(each)) {
      if (chunks.maxTimeMs(each) >= fromMs && !hasPlace(slot, chunks.place(each))) {
        Series present = series.computeIfAbsent(slot, _ -> new Series());
        present.chain =
            closed.addFromFile(
                present.chain,
                chunks.place(each),
                chunks.lengthBytes(each),
                chunks.minTimeMs(each),
                chunks.maxTimeMs(each));
        isAny = true;
      }
    }
    return isAny;
  }

  private boolean hasPlace(int slot, long place) {
    Series present = series.get(slot);
    int node = present == null ? 0 : present.chain;
    while (node != 0 && closed.place(node) != place) {
      node = closed.previous(node);
    }
    return node != 0;
  }

  /// Notes what lies in `[minTimeMs, maxTimeMs]`.
  void capture(int slot, long minTimeMs, long maxTimeMs, CapturedSeries target) {
    Series present = series.get(slot);
    if (present == null) {
      return;
    }
    target.beginOutOfOrder();
    for (int node = present.chain; node != 0; node = closed.previous(node)) {
      if (closed.maxTimeMs(node) >= minTimeMs && closed.minTimeMs(node) <= maxTimeMs) {
        closed.capture(node, target);
      }
    }
    for (OutOfOrderSample sample : present.open) {
      if (sample.timestampMs() >= minTimeMs && sample.timestampMs() <= maxTimeMs) {
        target.addOutOfOrder(sample);
      }
    }
  }

  /// The time of a series' oldest sample here; Long.MAX_VALUE if there is none.
  long minTimeMs(int slot) {
    Series present = series.get(slot);
    if (present == null) {
      return Long.MAX_VALUE;
    }
    long minMs = present.open.isEmpty() ? Long.MAX_VALUE : present.open.getFirst().timestampMs();
    for (int node = present.chain; node != 0; node = closed.previous(node)) {
      minMs = Math.min(minMs, closed.minTimeMs(node));
    }
    return minMs;
  }

  /// The chunks of a series, open or closed.
  int chunkCount(int slot) {
    Series present = series.get(slot);
    if (present == null) {
      return 0;
    }
    int count = present.open.isEmpty() ? 0 : 1;
    for (int node = present.chain; node != 0; node = closed.previous(node)) {
      count++;
    }
    return count;
  }

  /// Frees the samples before a time.
  ///
  /// @return whether the series has none left here
  boolean drop(int slot, long endMs) {
    Series present = series.get(slot);
    if (present == null) {
      return true;
    }
    present.open.removeIf(sample -> sample.timestampMs() < endMs);
    present.chain = closed.dropOutOfOrder(present.chain, endMs);
    boolean isEmpty = present.open.isEmpty() && present.chain == 0;
    if (isEmpty) {
      series.remove(slot);
    }
    return isEmpty;
  }

  /// Makes chunks of all open samples.
  void closeAll() {
    series.forEach(
        (slot, present) -> {
          if (!present.open.isEmpty()) {
            close(slot, present);
          }
        });
  }

  /// Makes chunks of the open samples: as many as they need.
  private void close(int slot, Series present) {
    for (OutOfOrderSample sample : present.open) {
      if (!append(sample)) {
        addChunk(slot, present);
        append(sample);
      }
    }
    addChunk(slot, present);
    chunk.forget();
    present.open.clear();
  }

  private boolean append(OutOfOrderSample sample) {
    return chunk.append(sample.timestampMs(), sample.value(), sample.histogram(), sample.startMs());
  }

  private void addChunk(int slot, Series present) {
    int encoding = chunk.encoding();
    byte[] bytes = chunk.cut();
    present.chain =
        closed.addOutOfOrder(
            slot, present.chain, encoding, bytes, chunk.minTimeMs(), chunk.maxTimeMs());
  }
}
