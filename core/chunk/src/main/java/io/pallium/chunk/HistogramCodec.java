package io.pallium.chunk;

import io.pallium.base.CorruptDataException;
import io.pallium.model.NativeHistogram;
import io.pallium.model.NativeHistogram.ResetHint;

/// Decodes the histogram chunks of Prometheus, with integer or float counts. Source:
/// docs/formats/chunk.md.
public final class HistogramCodec {
  static final int HEADER_BYTES = 3;
  static final int FLAGS_BYTE = 2;

  private HistogramCodec() {}

  /// The number of samples that a chunk says it has.
  ///
  /// @throws CorruptDataException if the chunk is shorter than its header
  public static int sampleCount(byte[] source, int offset, int lengthBytes) {
    if (lengthBytes < HEADER_BYTES) {
      throw new CorruptDataException("histogram chunk of " + lengthBytes + " bytes has no header");
    }
    return (source[offset] & 0xff) << 8 | source[offset + 1] & 0xff;
  }

  /// Changes the header of a chunk so that it says nothing about a counter reset before it: it is
  /// going to follow another chunk. One of gauges stays as it is.
  public static void forgetReset(byte[] source, int offset) {
    if (HistogramWriter.Header.of(source[offset + FLAGS_BYTE]) != HistogramWriter.Header.GAUGE) {
      source[offset + FLAGS_BYTE] = (byte) HistogramWriter.Header.UNKNOWN.flags();
    }
  }

  /// Decodes all samples of a chunk into `timestampsMs[from, …)` and `histograms[from, …)`.
  ///
  /// As in Prometheus, the first histogram of a chunk has an unknown reset hint whatever the chunk
  /// says, those after it have none but for gauges, and a stale one is nothing but the marker.
  /// Spans and bounds are shared by all histograms of the chunk.
  ///
  /// @param encoding [ChunkEncoding#HISTOGRAM] or [ChunkEncoding#FLOAT_HISTOGRAM]
  /// @return the number of samples
  /// @throws CorruptDataException if the bytes are not a chunk; the arrays then hold anything
  public static int decode(
      int encoding,
      byte[] source,
      int offset,
      int lengthBytes,
      long[] timestampsMs,
      NativeHistogram[] histograms,
      int from) {
    int samples = sampleCount(source, offset, lengthBytes);
    if (samples == 0) {
      return 0;
    }
    if (from + samples > timestampsMs.length || from + samples > histograms.length) {
      throw new IllegalArgumentException("no room for " + samples + " samples from " + from);
    }
    boolean isGauge =
        HistogramWriter.Header.of(source[offset + FLAGS_BYTE]) == HistogramWriter.Header.GAUGE;
    BitReader reader = new BitReader(source, offset + HEADER_BYTES, lengthBytes - HEADER_BYTES);
    HistogramLayout layout = HistogramLayout.read(reader);
    SampleReader sampleReader =
        switch (encoding) {
          case ChunkEncoding.HISTOGRAM -> new IntegerReader(reader, layout);
          case ChunkEncoding.FLOAT_HISTOGRAM -> new FloatReader(reader, layout);
          default -> throw new IllegalArgumentException("not a histogram encoding: " + encoding);
        };
    for (int i = 0; i < samples; i++) {
      ResetHint hint = isGauge ? ResetHint.GAUGE : i == 0 ? ResetHint.UNKNOWN : ResetHint.NO;
      histograms[from + i] = sampleReader.next(i == 0, hint);
      timestampsMs[from + i] = sampleReader.timestampMs;
    }
    return samples;
  }

  /// The state from sample to sample.
  private abstract static class SampleReader {
    final BitReader reader;
    final HistogramLayout layout;
    final XorWindow sumWindow = new XorWindow();
    long timestampMs;
    long timestampDelta;
    long count;
    long zeroCount;
    long sumBits;
    final long[] positive;
    final long[] negative;

    SampleReader(BitReader reader, HistogramLayout layout) {
      this.reader = reader;
      this.layout = layout;
      this.positive = new long[layout.positiveBuckets()];
      this.negative = new long[layout.negativeBuckets()];
    }

    abstract NativeHistogram next(boolean isFirst, ResetHint hint);

    final void nextTimestamp(boolean isFirst) {
      if (isFirst) {
        timestampMs = reader.signed();
        return;
      }
      timestampDelta += reader.signed();
      timestampMs += timestampDelta;
    }

    final boolean nextSumIsStale(boolean isFirst) {
      sumBits = isFirst ? reader.bits(64) : reader.xor(sumBits, sumWindow);
      return sumBits == HistogramWriter.STALE_BITS;
    }

    final NativeHistogram histogram(boolean isFloat, ResetHint hint) {
      return new NativeHistogram(
          hint,
          isFloat,
          layout.schema(),
          layout.zeroThreshold(),
          zeroCount,
          count,
          Double.longBitsToDouble(sumBits),
          layout.positiveSpans(),
          positive.clone(),
          layout.negativeSpans(),
          negative.clone(),
          layout.customBounds());
    }
  }

  private static final class IntegerReader extends SampleReader {
    private long countDelta;
    private long zeroCountDelta;
    private final long[] positiveDelta;
    private final long[] negativeDelta;

    IntegerReader(BitReader reader, HistogramLayout layout) {
      super(reader, layout);
      this.positiveDelta = new long[positive.length];
      this.negativeDelta = new long[negative.length];
    }

    @Override
    NativeHistogram next(boolean isFirst, ResetHint hint) {
      nextTimestamp(isFirst);
      if (isFirst) {
        count = reader.unsigned();
        zeroCount = reader.unsigned();
      } else {
        countDelta += reader.signed();
        count += countDelta;
        zeroCountDelta += reader.signed();
        zeroCount += zeroCountDelta;
      }
      boolean isStale = nextSumIsStale(isFirst);
      if (!isStale || isFirst) {
        buckets(isFirst, positive, positiveDelta);
        buckets(isFirst, negative, negativeDelta);
      }
      return isStale ? NativeHistogram.stale(false) : histogram(false, hint);
    }

    private void buckets(boolean isFirst, long[] buckets, long[] deltas) {
      for (int i = 0; i < buckets.length; i++) {
        long value = reader.signed();
        if (!isFirst) {
          deltas[i] += value;
          value = deltas[i];
        }
        buckets[i] += value;
      }
    }
  }

  private static final class FloatReader extends SampleReader {
    private final XorWindow countWindow = new XorWindow();
    private final XorWindow zeroCountWindow = new XorWindow();
    private final XorWindow[] positiveWindows;
    private final XorWindow[] negativeWindows;

    FloatReader(BitReader reader, HistogramLayout layout) {
      super(reader, layout);
      this.positiveWindows = XorWindow.array(positive.length);
      this.negativeWindows = XorWindow.array(negative.length);
    }

    @Override
    NativeHistogram next(boolean isFirst, ResetHint hint) {
      nextTimestamp(isFirst);
      count = isFirst ? reader.bits(64) : reader.xor(count, countWindow);
      zeroCount = isFirst ? reader.bits(64) : reader.xor(zeroCount, zeroCountWindow);
      boolean isStale = nextSumIsStale(isFirst);
      if (!isStale || isFirst) {
        buckets(isFirst, positive, positiveWindows);
        buckets(isFirst, negative, negativeWindows);
      }
      return isStale ? NativeHistogram.stale(true) : histogram(true, hint);
    }

    private void buckets(boolean isFirst, long[] buckets, XorWindow[] windows) {
      for (int i = 0; i < buckets.length; i++) {
        buckets[i] = isFirst ? reader.bits(64) : reader.xor(buckets[i], windows[i]);
      }
    }
  }
}
