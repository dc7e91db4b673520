package io.pallium.chunk;

import io.pallium.model.NativeHistogram;
import io.pallium.model.NativeHistogram.ResetHint;
import org.jspecify.annotations.Nullable;

/// Writes the histograms of one series into chunks, one open chunk at a time. Confined to one
/// thread.
///
/// A chunk ends where the next histogram has another layout (kind of counts, schema, zero
/// threshold, spans, bounds), is a gauge or not, comes after the stale marker, shows a counter
/// reset, or is the first with a start timestamp: [#append] then takes nothing, and after [#cut]
/// the histogram goes into the next chunk, whose header says what is known about a reset in
/// between. Chunks are never rewritten. Source: docs/formats/chunk.md.
public final class HistogramWriter implements ChunkWriter {
  static final long STALE_BITS = 0x7ff0000000000002L;

  /// What the header says about a counter reset between the chunk before and this one.
  enum Header {
    UNKNOWN,
    NO_RESET,
    RESET,
    GAUGE;

    private static final Header[] ALL = values();
    private static final int SHIFT = 6;

    static Header of(byte flags) {
      return ALL[(flags & 0xff) >>> SHIFT];
    }

    int flags() {
      return ordinal() << SHIFT;
    }
  }

  private final BitWriter bits = new BitWriter();
  private final StartWriter starts = new StartWriter();
  private boolean hasStarts;
  private @Nullable NativeHistogram previous;
  private @Nullable HistogramLayout layout;
  private Header header = Header.UNKNOWN;
  private boolean isFloat;
  private int samples;
  private long timestampMs;
  private long timestampDelta;
  private long countDelta;
  private long zeroCountDelta;
  private long[] positiveDelta = {};
  private long[] negativeDelta = {};
  private XorWindow sumWindow = new XorWindow();
  private XorWindow countWindow = new XorWindow();
  private XorWindow zeroCountWindow = new XorWindow();
  private XorWindow[] positiveWindows = {};
  private XorWindow[] negativeWindows = {};

  /// Forgets everything, the histogram before included.
  public HistogramWriter reset() {
    previous = null;
    clear();
    return this;
  }

  /// Appends a histogram that is valid ([NativeHistogram#validate]) and later than the one before.
  ///
  /// @param startMs since when it counts; 0 if that is not known
  /// @return false if it needs a new chunk and nothing has changed; after [#cut] it fits
  public boolean append(long newTimestampMs, NativeHistogram histogram, long startMs) {
    if (samples == 0) {
      hasStarts = startMs != 0;
      begin(histogram);
    } else if ((startMs != 0 && !hasStarts) || !continues(histogram)) {
      return false;
    }
    NativeHistogram written = histogram.isStale() ? NativeHistogram.stale(isFloat) : histogram;
    if (samples == 0) {
      appendFirst(newTimestampMs, written);
    } else if (isFloat) {
      appendFloat(newTimestampMs, written);
    } else {
      appendInteger(newTimestampMs, written);
    }
    if (hasStarts) {
      starts.append(bits, samples, newTimestampMs, timestampMs, startMs);
    }
    timestampMs = newTimestampMs;
    previous = written;
    samples++;
    return true;
  }

  @Override
  public int encoding() {
    if (hasStarts) {
      return isFloat ? ChunkEncoding.STARTED_FLOAT_HISTOGRAM : ChunkEncoding.STARTED_HISTOGRAM;
    }
    return isFloat ? ChunkEncoding.FLOAT_HISTOGRAM : ChunkEncoding.HISTOGRAM;
  }

  @Override
  public int sampleCount() {
    return samples;
  }

  @Override
  public int lengthBytes() {
    return Math.max(HistogramCodec.HEADER_BYTES, bits.lengthBytes());
  }

  /// The last histogram appended, as it will be read; null before the first.
  public @Nullable NativeHistogram last() {
    return previous;
  }

  /// A copy of the open chunk, which stays open.
  public byte[] toBytes() {
    byte[] copy = new byte[lengthBytes()];
    copyTo(copy, 0);
    return copy;
  }

  @Override
  public void copyTo(byte[] target, int offset) {
    bits.copyTo(target, offset);
    target[offset] = (byte) (samples >>> 8);
    target[offset + 1] = (byte) samples;
    int flags = samples == 0 ? 0 : header.flags();
    if (hasStarts) {
      target[offset + HistogramCodec.STARTED_FLAGS_BYTE] |= (byte) flags;
      target[offset + HistogramCodec.STARTS_BYTE] = (byte) starts.header();
    } else {
      target[offset + HistogramCodec.FLAGS_BYTE] = (byte) flags;
    }
  }

  @Override
  public byte[] cut() {
    byte[] chunk = toBytes();
    clear();
    return chunk;
  }

  private void clear() {
    bits.reset();
    starts.reset();
    hasStarts = false;
    layout = null;
    samples = 0;
    timestampMs = 0;
    timestampDelta = 0;
    countDelta = 0;
    zeroCountDelta = 0;
    sumWindow = new XorWindow();
    countWindow = new XorWindow();
    zeroCountWindow = new XorWindow();
  }

  private void begin(NativeHistogram histogram) {
    isFloat = histogram.isFloat();
    if (histogram.resetHint() == ResetHint.GAUGE) {
      header = Header.GAUGE;
    } else if (histogram.resetHint() == ResetHint.YES) {
      header = Header.RESET;
    } else {
      header = previous == null ? Header.UNKNOWN : CounterReset.between(previous, histogram);
    }
  }

  private boolean continues(NativeHistogram histogram) {
    NativeHistogram before = previous;
    HistogramLayout chunkLayout = layout;
    if (before == null || chunkLayout == null) {
      throw new AssertionError("BUG: a chunk with samples has no last sample");
    }
    int maxSamples = hasStarts ? HistogramCodec.STARTED_MAX_SAMPLES : HistogramCodec.MAX_SAMPLES;
    if (samples == maxSamples || histogram.isFloat() != isFloat) {
      return false;
    }
    if (histogram.isStale()) {
      return true;
    }
    if (before.isStale() || !chunkLayout.holds(histogram)) {
      return false;
    }
    if (histogram.resetHint() == ResetHint.GAUGE || header == Header.GAUGE) {
      return histogram.resetHint() == ResetHint.GAUGE && header == Header.GAUGE;
    }
    return histogram.resetHint() != ResetHint.YES
        && CounterReset.between(before, histogram) == Header.NO_RESET;
  }

  private void appendFirst(long newTimestampMs, NativeHistogram histogram) {
    HistogramLayout newLayout = HistogramLayout.of(histogram);
    layout = newLayout;
    bits.bits(0, 8 * HistogramCodec.HEADER_BYTES);
    newLayout.write(bits);
    bits.signed(newTimestampMs);
    if (isFloat) {
      bits.bits(histogram.countBits(), 64);
      bits.bits(histogram.zeroCountBits(), 64);
    } else {
      bits.unsigned(histogram.countBits());
      bits.unsigned(histogram.zeroCountBits());
    }
    bits.bits(Double.doubleToRawLongBits(histogram.sum()), 64);
    appendFirstBuckets(histogram.positiveBuckets());
    appendFirstBuckets(histogram.negativeBuckets());
    if (isFloat) {
      positiveWindows = XorWindow.array(histogram.positiveBuckets().length);
      negativeWindows = XorWindow.array(histogram.negativeBuckets().length);
    } else {
      positiveDelta = new long[histogram.positiveBuckets().length];
      negativeDelta = new long[histogram.negativeBuckets().length];
    }
  }

  private void appendFirstBuckets(long[] buckets) {
    for (long bucket : buckets) {
      if (isFloat) {
        bits.bits(bucket, 64);
      } else {
        bits.signed(bucket);
      }
    }
  }

  private void appendInteger(long newTimestampMs, NativeHistogram histogram) {
    NativeHistogram before = last(histogram);
    appendTimestamp(newTimestampMs);
    long newCountDelta = histogram.countBits() - before.countBits();
    long newZeroCountDelta = histogram.zeroCountBits() - before.zeroCountBits();
    // A stale sample has no counts, and no sample that has some can follow in this chunk.
    bits.signed(histogram.isStale() ? 0 : newCountDelta - countDelta);
    bits.signed(histogram.isStale() ? 0 : newZeroCountDelta - zeroCountDelta);
    appendSum(before, histogram);
    countDelta = newCountDelta;
    zeroCountDelta = newZeroCountDelta;
    appendDeltas(before.positiveBuckets(), histogram.positiveBuckets(), positiveDelta);
    appendDeltas(before.negativeBuckets(), histogram.negativeBuckets(), negativeDelta);
  }

  private void appendDeltas(long[] before, long[] buckets, long[] deltas) {
    for (int i = 0; i < buckets.length; i++) {
      long delta = buckets[i] - before[i];
      bits.signed(delta - deltas[i]);
      deltas[i] = delta;
    }
  }

  private void appendFloat(long newTimestampMs, NativeHistogram histogram) {
    NativeHistogram before = last(histogram);
    appendTimestamp(newTimestampMs);
    bits.xor(histogram.countBits(), before.countBits(), countWindow);
    bits.xor(histogram.zeroCountBits(), before.zeroCountBits(), zeroCountWindow);
    appendSum(before, histogram);
    appendXors(before.positiveBuckets(), histogram.positiveBuckets(), positiveWindows);
    appendXors(before.negativeBuckets(), histogram.negativeBuckets(), negativeWindows);
  }

  private void appendXors(long[] before, long[] buckets, XorWindow[] windows) {
    for (int i = 0; i < buckets.length; i++) {
      bits.xor(buckets[i], before[i], windows[i]);
    }
  }

  private NativeHistogram last(NativeHistogram orElse) {
    NativeHistogram before = previous;
    return before == null ? orElse : before;
  }

  private void appendTimestamp(long newTimestampMs) {
    long delta = newTimestampMs - timestampMs;
    bits.signed(delta - timestampDelta);
    timestampDelta = delta;
  }

  private void appendSum(NativeHistogram before, NativeHistogram histogram) {
    bits.xor(
        Double.doubleToRawLongBits(histogram.sum()),
        Double.doubleToRawLongBits(before.sum()),
        sumWindow);
  }
}
