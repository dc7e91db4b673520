package io.pallium.tsdb.block;

import io.pallium.chunk.ChunkEncoding;
import io.pallium.chunk.HistogramWriter;
import io.pallium.chunk.XorWriter;
import io.pallium.model.NativeHistogram;
import io.pallium.storage.SampleColumn;
import io.pallium.storage.SampleCursor;
import java.io.IOException;

/// Encodes the samples of one series after another into chunks of a block: at most
/// [#SAMPLES_PER_CHUNK] each, floats and histograms apart. Confined to one thread.
public final class ChunkEncoder {
  /// As many as Prometheus puts into a chunk.
  static final int SAMPLES_PER_CHUNK = 120;

  private final BlockWriter writer;
  private final XorWriter floats = new XorWriter();
  private final HistogramWriter histograms = new HistogramWriter();
  private long firstMs;
  private long lastMs;

  public ChunkEncoder(BlockWriter writer) {
    this.writer = writer;
  }

  /// Adds all that is left of a cursor, and ends the chunk.
  ///
  /// @param column for the samples on their way; empty before and after
  public void addAll(SampleCursor samples, SampleColumn column) throws IOException {
    while (samples.nextRun(column)) {
      for (int i = 0; i < column.size(); i++) {
        NativeHistogram histogram = column.histogram(i);
        if (histogram == null) {
          add(column.timestampsMs()[i], column.values()[i]);
        } else {
          add(column.timestampsMs()[i], histogram);
        }
      }
      column.clear();
    }
    end();
  }

  /// Adds a float sample, later than the one before.
  public void add(long timestampMs, double value) throws IOException {
    endHistograms();
    if (floats.sampleCount() == SAMPLES_PER_CHUNK) {
      endFloats();
    }
    if (floats.sampleCount() == 0) {
      firstMs = timestampMs;
    }
    floats.append(timestampMs, value);
    lastMs = timestampMs;
  }

  /// Adds a histogram, later than the sample before.
  public void add(long timestampMs, NativeHistogram histogram) throws IOException {
    endFloats();
    if (histograms.sampleCount() == SAMPLES_PER_CHUNK
        || !histograms.append(timestampMs, histogram)) {
      endHistograms();
      histograms.append(timestampMs, histogram);
    } else if (histograms.sampleCount() > 1) {
      lastMs = timestampMs;
      return;
    }
    firstMs = timestampMs;
    lastMs = timestampMs;
  }

  /// Ends the chunk, and forgets the histogram before: what comes next is of another series, or
  /// after a gap.
  public void end() throws IOException {
    endFloats();
    endHistograms();
    histograms.reset();
  }

  private void endFloats() throws IOException {
    if (floats.sampleCount() > 0) {
      byte[] chunk = floats.toBytes();
      floats.reset();
      writer.addChunk(ChunkEncoding.XOR, firstMs, lastMs, chunk, 0, chunk.length);
    }
  }

  private void endHistograms() throws IOException {
    if (histograms.sampleCount() > 0) {
      int encoding = histograms.encoding();
      byte[] chunk = histograms.cut();
      writer.addChunk(encoding, firstMs, lastMs, chunk, 0, chunk.length);
    }
  }
}
