package io.pallium.tsdb.block;

import io.pallium.chunk.ChunkAppender;
import io.pallium.model.NativeHistogram;
import io.pallium.storage.SampleColumn;
import io.pallium.storage.SampleCursor;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// Encodes the samples of one series after another into chunks of a block: at most
/// [#SAMPLES_PER_CHUNK] each. Confined to one thread.
public final class ChunkEncoder {
  /// As many as Prometheus puts into a chunk.
  static final int SAMPLES_PER_CHUNK = 120;

  private final BlockWriter writer;
  private final ChunkAppender chunk = new ChunkAppender(SAMPLES_PER_CHUNK);

  public ChunkEncoder(BlockWriter writer) {
    this.writer = writer;
  }

  /// Adds all that is left of a cursor, and ends the chunk.
  ///
  /// @param column for the samples on their way; empty before and after
  public void addAll(SampleCursor samples, SampleColumn column) throws IOException {
    while (samples.nextRun(column)) {
      for (int i = 0; i < column.size(); i++) {
        add(column.timestampsMs()[i], column.values()[i], column.histogram(i), column.startMs(i));
      }
      column.clear();
    }
    end();
  }

  /// Adds a sample, later than the one before.
  ///
  /// @param value of a float
  /// @param histogram null if the sample is a float
  /// @param startMs since when it counts; 0 if that is not known
  public void add(long timestampMs, double value, @Nullable NativeHistogram histogram, long startMs)
      throws IOException {
    if (!chunk.append(timestampMs, value, histogram, startMs)) {
      endChunk();
      chunk.append(timestampMs, value, histogram, startMs);
    }
  }

  /// Ends the chunk: what comes next is of another series, or after a gap.
  public void end() throws IOException {
    if (chunk.sampleCount() > 0) {
      endChunk();
    }
    chunk.forget();
  }

  private void endChunk() throws IOException {
    int encoding = chunk.encoding();
    byte[] bytes = chunk.cut();
    writer.addChunk(encoding, chunk.minTimeMs(), chunk.maxTimeMs(), bytes, 0, bytes.length);
  }
}
