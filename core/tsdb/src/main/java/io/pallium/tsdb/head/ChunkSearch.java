package io.pallium.tsdb.head;

import io.pallium.chunk.ChunkEncoding;
import io.pallium.chunk.HistogramCodec;
import io.pallium.chunk.XorCodec;
import io.pallium.model.NativeHistogram;

/// Looks for a single sample in captured chunks: whether one that comes again is the same.
/// Confined.
final class ChunkSearch {
  private long[] timestampsMs = new long[128];
  private double[] values = new double[128];

  boolean hasFloat(CapturedSeries series, long timestampMs, long bits) {
    for (int chunk = 0; chunk < series.chunkCount(); chunk++) {
      if (series.encoding(chunk) == ChunkEncoding.XOR) {
        series.load(chunk);
        byte[] source = series.source();
        int offset = series.offset();
        int length = series.lengthBytes(chunk);
        ensureRoom(XorCodec.sampleCount(source, offset, length));
        int count = XorCodec.decode(source, offset, length, timestampsMs, values, 0);
        for (int i = 0; i < count; i++) {
          if (timestampsMs[i] == timestampMs) {
            return Double.doubleToRawLongBits(values[i]) == bits;
          }
        }
      }
    }
    return false;
  }

  boolean hasHistogram(CapturedSeries series, long timestampMs, NativeHistogram histogram) {
    for (int chunk = 0; chunk < series.chunkCount(); chunk++) {
      if (series.encoding(chunk) != ChunkEncoding.XOR) {
        series.load(chunk);
        byte[] source = series.source();
        int offset = series.offset();
        int length = series.lengthBytes(chunk);
        int count = HistogramCodec.sampleCount(source, offset, length);
        ensureRoom(count);
        NativeHistogram[] known = new NativeHistogram[count];
        HistogramCodec.decode(
            series.encoding(chunk), source, offset, length, timestampsMs, known, 0);
        for (int i = 0; i < count; i++) {
          if (timestampsMs[i] == timestampMs) {
            return isSame(known[i], histogram);
          }
        }
      }
    }
    return false;
  }

  /// The bits of the last float of a chunk in a file; 0 if it is one of histograms.
  ///
  /// @param series for the time of the call
  long lastBits(CapturedSeries series, RecoveredChunks chunks, int chunk) {
    series.reset();
    series.addFromFile(chunks.place(chunk), chunks.lengthBytes(chunk), chunks.maxTimeMs(chunk));
    if (series.encoding(0) != ChunkEncoding.XOR) {
      return 0;
    }
    series.load(0);
    int length = series.lengthBytes(0);
    ensureRoom(XorCodec.sampleCount(series.source(), series.offset(), length));
    int count = XorCodec.decode(series.source(), series.offset(), length, timestampsMs, values, 0);
    return count == 0 ? 0 : Double.doubleToRawLongBits(values[count - 1]);
  }

  private static boolean isSame(NativeHistogram known, NativeHistogram histogram) {
    if (histogram.isStale()) {
      return known.isStale() && known.isFloat() == histogram.isFloat();
    }
    return histogram.withResetHint(known.resetHint()).equals(known);
  }

  private void ensureRoom(int samples) {
    if (timestampsMs.length < samples) {
      timestampsMs = new long[samples];
      values = new double[samples];
    }
  }
}
