package io.pallium.chunk;

import io.pallium.base.CorruptDataException;
import io.pallium.model.NativeHistogram;
import java.util.Arrays;

/// What all histograms of a chunk have in common, written once in front of the first of them.
///
/// @param positiveSpans offset and length in turn
record HistogramLayout(
    int schema,
    double zeroThreshold,
    int[] positiveSpans,
    int[] negativeSpans,
    double[] customBounds) {

  private static final double MAX_SHORT_BOUND = 33_554_430;
  private static final int RAW_THRESHOLD = 255;
  private static final int THRESHOLD_BIAS = 243;

  static HistogramLayout of(NativeHistogram histogram) {
    return new HistogramLayout(
        histogram.schema(),
        histogram.zeroThreshold(),
        histogram.positiveSpans(),
        histogram.negativeSpans(),
        histogram.customBounds());
  }

  boolean holds(NativeHistogram histogram) {
    return schema == histogram.schema()
        && zeroThreshold == histogram.zeroThreshold()
        && Arrays.equals(positiveSpans, histogram.positiveSpans())
        && Arrays.equals(negativeSpans, histogram.negativeSpans())
        && Arrays.equals(customBounds, histogram.customBounds());
  }

  int positiveBuckets() {
    return buckets(positiveSpans);
  }

  int negativeBuckets() {
    return buckets(negativeSpans);
  }

  void write(BitWriter writer) {
    writeThreshold(writer);
    writer.signed(schema);
    writeSpans(writer, positiveSpans);
    writeSpans(writer, negativeSpans);
    if (schema == NativeHistogram.CUSTOM_BUCKETS_SCHEMA) {
      writer.unsigned(customBounds.length);
      for (double bound : customBounds) {
        writeBound(writer, bound);
      }
    }
  }

  static HistogramLayout read(BitReader reader) {
    double zeroThreshold = readThreshold(reader);
    long schema = reader.signed();
    boolean isCustom = schema == NativeHistogram.CUSTOM_BUCKETS_SCHEMA;
    if (!isCustom && (schema < -4 || schema > 8)) {
      throw new CorruptDataException(
          "histogram chunk has schema " + schema + ", known are -4 to 8 and -53");
    }
    int[] positiveSpans = readSpans(reader);
    int[] negativeSpans = readSpans(reader);
    double[] bounds = new double[isCustom ? number(reader, "custom bounds") : 0];
    for (int i = 0; i < bounds.length; i++) {
      long thousandths = reader.unsigned();
      bounds[i] =
          thousandths == 0 ? Double.longBitsToDouble(reader.bits(64)) : (thousandths - 1) / 1000.0;
    }
    return new HistogramLayout((int) schema, zeroThreshold, positiveSpans, negativeSpans, bounds);
  }

  private void writeThreshold(BitWriter writer) {
    if (zeroThreshold == 0) {
      writer.bits(0, 8);
      return;
    }
    long bits = Double.doubleToRawLongBits(zeroThreshold);
    // The exponent as Go's Frexp gives it: the fraction lies in [0.5, 1).
    int exponent = Math.getExponent(zeroThreshold) + 1;
    boolean isPowerOfTwo = bits > 0 && (bits & (1L << 52) - 1) == 0;
    if (isPowerOfTwo && exponent >= -242 && exponent <= 11) {
      writer.bits(exponent + THRESHOLD_BIAS, 8);
      return;
    }
    writer.bits(RAW_THRESHOLD, 8);
    writer.bits(bits, 64);
  }

  private static double readThreshold(BitReader reader) {
    int code = (int) reader.bits(8);
    return switch (code) {
      case 0 -> 0;
      case RAW_THRESHOLD -> Double.longBitsToDouble(reader.bits(64));
      default -> Math.scalb(0.5, code - THRESHOLD_BIAS);
    };
  }

  private static void writeSpans(BitWriter writer, int[] spans) {
    writer.unsigned(spans.length / 2);
    for (int i = 0; i < spans.length; i += 2) {
      writer.unsigned(spans[i + 1] & 0xffff_ffffL);
      writer.signed(spans[i]);
    }
  }

  private static int[] readSpans(BitReader reader) {
    int[] spans = new int[2 * number(reader, "spans")];
    long buckets = 0;
    for (int i = 0; i < spans.length; i += 2) {
      long length = reader.unsigned();
      long offset = reader.signed();
      buckets += length;
      // Every bucket takes a bit or more in the first sample.
      if (length < 0 || buckets > reader.bitsLeft() || offset != (int) offset) {
        throw new CorruptDataException(
            "histogram chunk has a span of "
                + Long.toUnsignedString(length)
                + " buckets after a gap of "
                + offset);
      }
      spans[i] = (int) offset;
      spans[i + 1] = (int) length;
    }
    return spans;
  }

  private static int number(BitReader reader, String what) {
    long number = reader.unsigned();
    if (number < 0 || number > reader.bitsLeft()) {
      throw new CorruptDataException(
          "histogram chunk claims " + Long.toUnsignedString(number) + " " + what);
    }
    return (int) number;
  }

  private static void writeBound(BitWriter writer, double bound) {
    double thousandths = bound * 1000;
    long whole = Math.round(thousandths);
    if (thousandths >= 0 && thousandths <= MAX_SHORT_BOUND && whole / 1000.0 == bound) {
      writer.unsigned(whole + 1);
      return;
    }
    writer.bits(0, 1);
    writer.bits(Double.doubleToRawLongBits(bound), 64);
  }

  private static int buckets(int[] spans) {
    int buckets = 0;
    for (int i = 1; i < spans.length; i += 2) {
      buckets += spans[i];
    }
    return buckets;
  }
}
