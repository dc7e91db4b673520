package io.pallium.tsdb.head;

import io.pallium.chunk.ChunkAppender;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The open chunks of one stripe's series that are not of plain floats: of histograms, or with
/// start timestamps. Few series have one, so they lie beside the rows. Guarded by the stripe's
/// lock.
final class OpenChunks {
  private final Map<Integer, ChunkAppender> chunks = new HashMap<>();
  private final int maxSamples;

  OpenChunks(int maxSamples) {
    this.maxSamples = maxSamples;
  }

  /// The open chunk of a series, or null.
  @Nullable ChunkAppender get(int slot) {
    return chunks.get(slot);
  }

  /// The open chunk of a series, made if there is none.
  ChunkAppender getOrOpen(int slot) {
    return chunks.computeIfAbsent(slot, _ -> new ChunkAppender(maxSamples));
  }

  /// Forgets the open chunk of a series.
  void remove(int slot) {
    chunks.remove(slot);
  }
}
