package io.pallium.tsdb.head;

import io.pallium.chunk.ChunkEncoding;
import io.pallium.chunk.ChunkSamples;
import io.pallium.model.NativeHistogram;
import io.pallium.model.NativeHistogram.ResetHint;
import org.jspecify.annotations.Nullable;

/// Looks for a single sample in captured chunks: whether one that comes again is the same.
/// Confined.
final class ChunkSearch {
  private final ChunkSamples samples = new ChunkSamples();

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
  /// resets and start timestamps.
  ///
  /// @param bits of the value of a float
  /// @param histogram null for a float
  Found find(
      CapturedSeries series, long timestampMs, long bits, @Nullable NativeHistogram histogram) {
    for (OutOfOrderSample sample : series.outOfOrder()) {
      if (sample.timestampMs() == timestampMs) {
        return Found.of(isSame(sample.bits(), sample.histogram(), bits, histogram));
      }
    }
    for (int chunk = 0; chunk < series.chunkCount(); chunk++) {
      decode(series, chunk);
      int index = samples.indexOf(timestampMs);
      if (index >= 0) {
        return Found.of(isSame(bits(index), samples.histogram(index), bits, histogram));
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
    if (!ChunkEncoding.isFloat(series.encoding(0))) {
      return 0;
    }
    decode(series, 0);
    return samples.count() == 0 ? 0 : bits(samples.count() - 1);
  }

  private void decode(CapturedSeries series, int chunk) {
    series.load(chunk);
    samples.decode(
        series.encoding(chunk), series.source(), series.offset(), series.lengthBytes(chunk));
  }

  private long bits(int index) {
    return Double.doubleToRawLongBits(samples.value(index));
  }

  private static boolean isSame(
      long knownBits, @Nullable NativeHistogram known, long bits, @Nullable NativeHistogram other) {
    return known == null || other == null
        ? known == other && knownBits == bits
        : isSame(known, other);
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
}
