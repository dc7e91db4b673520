package io.pallium.tsdb.log;

import io.pallium.model.NativeHistogram;

/// The form of a native histogram in a record.
///
/// Source: docs/formats/wal.md.
final class HistogramRecordCodec {
  private static final NativeHistogram.ResetHint[] HINTS = NativeHistogram.ResetHint.values();

  private HistogramRecordCodec() {}

  static void write(ByteColumn target, NativeHistogram histogram) {
    boolean isFloat = histogram.isFloat();
    target.putByte(
        (isFloat ? LogLayout.HISTOGRAM_FLOAT : 0)
            | histogram.resetHint().ordinal() << LogLayout.HISTOGRAM_HINT_SHIFT);
    target.putZigZag(histogram.schema());
    target.putLong(Double.doubleToRawLongBits(histogram.zeroThreshold()));
    writeCount(target, isFloat, histogram.zeroCountBits());
    writeCount(target, isFloat, histogram.countBits());
    target.putLong(Double.doubleToRawLongBits(histogram.sum()));
    writeBuckets(target, isFloat, histogram.positiveSpans(), histogram.positiveBuckets());
    writeBuckets(target, isFloat, histogram.negativeSpans(), histogram.negativeBuckets());
    double[] bounds = histogram.customBounds();
    target.putVarint(bounds.length);
    for (double bound : bounds) {
      target.putLong(Double.doubleToRawLongBits(bound));
    }
  }

  static NativeHistogram read(PayloadCursor source) {
    int flags = source.readByte();
    boolean isFloat = (flags & LogLayout.HISTOGRAM_FLOAT) != 0;
    int hint = flags >>> LogLayout.HISTOGRAM_HINT_SHIFT;
    if (hint >= HINTS.length) {
      throw PayloadCursor.malformed("unknown reset hint", hint);
    }
    int schema = (int) source.readZigZag();
    double zeroThreshold = Double.longBitsToDouble(source.readLong());
    long zeroCount = readCount(source, isFloat);
    long count = readCount(source, isFloat);
    double sum = Double.longBitsToDouble(source.readLong());
    int[] positiveSpans = readSpans(source);
    long[] positiveBuckets = readBuckets(source, isFloat);
    int[] negativeSpans = readSpans(source);
    long[] negativeBuckets = readBuckets(source, isFloat);
    double[] bounds = new double[source.readCount(Long.BYTES)];
    for (int i = 0; i < bounds.length; i++) {
      bounds[i] = Double.longBitsToDouble(source.readLong());
    }
    return new NativeHistogram(
        HINTS[hint],
        isFloat,
        schema,
        zeroThreshold,
        zeroCount,
        count,
        sum,
        positiveSpans,
        positiveBuckets,
        negativeSpans,
        negativeBuckets,
        bounds);
  }

  private static void writeCount(ByteColumn target, boolean isFloat, long bits) {
    if (isFloat) {
      target.putLong(bits);
    } else {
      target.putVarint(bits);
    }
  }

  private static long readCount(PayloadCursor source, boolean isFloat) {
    return isFloat ? source.readLong() : source.readVarint();
  }

  private static void writeBuckets(
      ByteColumn target, boolean isFloat, int[] spans, long[] buckets) {
    target.putVarint(spans.length / 2);
    for (int i = 0; i + 1 < spans.length; i += 2) {
      target.putZigZag(spans[i]);
      target.putVarint(Integer.toUnsignedLong(spans[i + 1]));
    }
    target.putVarint(buckets.length);
    for (long bucket : buckets) {
      if (isFloat) {
        target.putLong(bucket);
      } else {
        target.putZigZag(bucket);
      }
    }
  }

  private static int[] readSpans(PayloadCursor source) {
    int[] spans = new int[2 * source.readCount(2)];
    for (int i = 0; i < spans.length; i += 2) {
      spans[i] = (int) source.readZigZag();
      spans[i + 1] = (int) source.readVarint();
    }
    return spans;
  }

  private static long[] readBuckets(PayloadCursor source, boolean isFloat) {
    long[] buckets = new long[source.readCount(isFloat ? Long.BYTES : 1)];
    for (int i = 0; i < buckets.length; i++) {
      buckets[i] = isFloat ? source.readLong() : source.readZigZag();
    }
    return buckets;
  }
}
