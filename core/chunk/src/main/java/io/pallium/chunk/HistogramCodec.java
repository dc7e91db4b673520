package io.pallium.chunk;

import io.pallium.base.CorruptDataException;
import io.pallium.model.NativeHistogram;
import io.pallium.model.NativeHistogram.ResetHint;

/// Decodes the histogram chunks of Prometheus: with integer or float counts, with or without start
/// timestamps. Source: docs/formats/chunk.md.
public final class HistogramCodec {
  static final int HEADER_BYTES = 3;
  static final int FLAGS_BYTE = 2;

  /// With start timestamps, the flags lie above the number of samples, and these in their place.
  static final int STARTED_FLAGS_BYTE = 0;

  static final int STARTS_BYTE = 2;
  static final int MAX_SAMPLES = 0xffff;
  static final int STARTED_MAX_SAMPLES = 0x3fff;
  private static final int FLAGS_MASK = 0xc0;

  private HistogramCodec() {}

  /// The number of samples that a chunk says it has.
  ///
  /// @throws CorruptDataException if the chunk is shorter than its header
  public static int sampleCount(int encoding, byte[] source, int offset, int lengthBytes) {
    if (lengthBytes < HEADER_BYTES) {
      throw new CorruptDataException("histogram chunk of " + lengthBytes + " bytes has no header");
    }
    int count = (source[offset] & 0xff) << 8 | source[offset + 1] & 0xff;
    return ChunkEncoding.hasStarts(encoding) ? count & STARTED_MAX_SAMPLES : count;
  }

  /// Changes the header of a chunk so that it says nothing about a counter reset before it: it is
  /// going to follow another chunk. One of gauges stays as it is.
  public static void forgetReset(int encoding, byte[] source, int offset) {
    int at = offset + flagsByte(encoding);
    if (HistogramWriter.Header.of(source[at]) != HistogramWriter.Header.GAUGE) {
      source[at] = (byte) (source[at] & ~FLAGS_MASK | HistogramWriter.Header.UNKNOWN.flags());
    }
  }

  private static int flagsByte(int encoding) {
    return ChunkEncoding.hasStarts(encoding) ? STARTED_FLAGS_BYTE : FLAGS_BYTE;
  }

  /// Decodes all samples of a chunk into `timestampsMs[0, …)` and `histograms[0, …)`.
  ///
  /// As in Prometheus, the first histogram of a chunk has an unknown reset hint whatever the chunk
  /// says, those after it have none but for gauges, and a stale one is nothing but the marker.
  /// Spans and bounds are shared by all histograms of the chunk.
  ///
  /// @param encoding one of histograms
  /// @param startsMs gets since when each sample counts, if the encoding has start timestamps
  /// @return the number of samples
  /// @throws CorruptDataException if the bytes are not a chunk; the arrays then hold anything
  public static int decode(
      int encoding,
      byte[] source,
      int offset,
      int lengthBytes,
      long[] timestampsMs,
      NativeHistogram[] histograms,
      long[] startsMs) {
    int samples = sampleCount(encoding, source, offset, lengthBytes);
    if (samples == 0) {
      return 0;
    }
    boolean isGauge =
        HistogramWriter.Header.of(source[offset + flagsByte(encoding)])
            == HistogramWriter.Header.GAUGE;
    BitReader reader = new BitReader(source, offset + HEADER_BYTES, lengthBytes - HEADER_BYTES);
    HistogramLayout layout = HistogramLayout.read(reader);
    SampleReader sampleReader =
        switch (encoding) {
          case ChunkEncoding.HISTOGRAM, ChunkEncoding.STARTED_HISTOGRAM ->
              new IntegerReader(reader, layout);
          case ChunkEncoding.FLOAT_HISTOGRAM, ChunkEncoding.STARTED_FLOAT_HISTOGRAM ->
              new FloatReader(reader, layout);
          default -> throw new IllegalArgumentException("not a histogram encoding: " + encoding);
        };
    StartReader starts = new StartReader(reader, source[offset + STARTS_BYTE]);
    for (int i = 0; i < samples; i++) {
      long beforeMs = sampleReader.timestampMs;
      ResetHint hint = isGauge ? ResetHint.GAUGE : i == 0 ? ResetHint.UNKNOWN : ResetHint.NO;
      histograms[i] = sampleReader.next(i == 0, hint);
      timestampsMs[i] = sampleReader.timestampMs;
      if (ChunkEncoding.hasStarts(encoding)) {
        startsMs[i] = starts.next(i, sampleReader.timestampMs, beforeMs);
      }
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
