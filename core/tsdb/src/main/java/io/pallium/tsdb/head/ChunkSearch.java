package io.pallium.tsdb.head;

import io.pallium.chunk.ChunkEncoding;
import io.pallium.chunk.HistogramCodec;
import io.pallium.chunk.XorCodec;
import io.pallium.model.NativeHistogram;
import io.pallium.model.NativeHistogram.ResetHint;
import org.jspecify.annotations.Nullable;

/// Looks for a single sample in captured chunks: whether one that comes again is the same.
/// Confined.
final class ChunkSearch {
  private long[] timestampsMs = new long[128];
  private double[] values = new double[128];

  /// What a search finds at a time.
  enum Found {
    NOTHING,
    SAME,
    OTHER;

    static Found of(boolean isSame) {
      return isSame ? SAME : OTHER;
    }
  }

  /// What a captured series has at a time, compared with a sample, whatever is said about counter
  /// resets.
  ///
  /// @param bits of the value of a float
  /// @param histogram null for a float
  Found find(
      CapturedSeries series, long timestampMs, long bits, @Nullable NativeHistogram histogram) {
    for (OutOfOrderSample sample : series.outOfOrder()) {
      if (sample.timestampMs() == timestampMs) {
        return Found.of(sample.isSame(bits, histogram));
      }
    }
    for (int chunk = 0; chunk < series.chunkCount(); chunk++) {
      series.load(chunk);
      Found found =
          series.encoding(chunk) == ChunkEncoding.XOR
              ? findFloat(series, series.lengthBytes(chunk), timestampMs, bits, histogram)
              : findHistogram(series, chunk, timestampMs, histogram);
      if (found != Found.NOTHING) {
        return found;
      }
    }
    return Found.NOTHING;
  }

  private Found findFloat(
      CapturedSeries series,
      int length,
      long timestampMs,
      long bits,
      @Nullable NativeHistogram histogram) {
    byte[] source = series.source();
    int offset = series.offset();
    ensureRoom(XorCodec.sampleCount(source, offset, length));
    int count = XorCodec.decode(source, offset, length, timestampsMs, values, 0);
    for (int i = 0; i < count; i++) {
      if (timestampsMs[i] == timestampMs) {
        return Found.of(histogram == null && Double.doubleToRawLongBits(values[i]) == bits);
      }
    }
    return Found.NOTHING;
  }

  private Found findHistogram(
      CapturedSeries series, int chunk, long timestampMs, @Nullable NativeHistogram histogram) {
    byte[] source = series.source();
    int offset = series.offset();
    int length = series.lengthBytes(chunk);
    int count = HistogramCodec.sampleCount(source, offset, length);
    ensureRoom(count);
    NativeHistogram[] known = new NativeHistogram[count];
    HistogramCodec.decode(series.encoding(chunk), source, offset, length, timestampsMs, known, 0);
    for (int i = 0; i < count; i++) {
      if (timestampsMs[i] == timestampMs) {
        return Found.of(histogram != null && isSame(known[i], histogram));
      }
    }
    return Found.NOTHING;
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

  /// Whether two histograms are the same, whatever is known of counter resets.
  static boolean isSame(NativeHistogram known, NativeHistogram histogram) {
    if (histogram.isStale()) {
      return known.isStale() && known.isFloat() == histogram.isFloat();
    }
    boolean isGauge = histogram.resetHint() == ResetHint.GAUGE;
    return isGauge == (known.resetHint() == ResetHint.GAUGE)
        && histogram.withResetHint(known.resetHint()).equals(known);
  }

  private void ensureRoom(int samples) {
    if (timestampsMs.length < samples) {
      timestampsMs = new long[samples];
      values = new double[samples];
    }
  }
}
