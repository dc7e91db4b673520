package io.pallium.tsdb.head;

import io.pallium.chunk.HistogramWriter;
import io.pallium.model.NativeHistogram;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The open histogram chunks of one stripe's series. Few series have one, so they lie beside the
/// rows. Guarded by the stripe's lock.
final class OpenHistograms {
  private final Map<Integer, Chunk> chunks = new HashMap<>();

  /// The open chunk of a series, or null.
  @Nullable Chunk get(int slot) {
    return chunks.get(slot);
  }

  /// The open chunk of a series, made if there is none.
  Chunk getOrOpen(int slot) {
    return chunks.computeIfAbsent(slot, _ -> new Chunk());
  }

  /// Forgets the open chunk of a series.
  void remove(int slot) {
    chunks.remove(slot);
  }

  /// A chunk that histograms are appended to; knows the one before it.
  static final class Chunk {
    final HistogramWriter writer = new HistogramWriter();

    /// The time of the first sample.
    long minTimeMs;

    /// @return false if it needs a new chunk
    boolean append(long timestampMs, NativeHistogram histogram) {
      if (writer.sampleCount() == 0) {
        minTimeMs = timestampMs;
      }
      return writer.append(timestampMs, histogram);
    }
  }
}
