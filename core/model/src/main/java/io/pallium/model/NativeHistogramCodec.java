package io.pallium.model;

import io.pallium.base.CorruptDataException;
import io.pallium.model.NativeHistogram.ResetHint;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Writes a native histogram as bytes, for write batches and the log, and reads it back bit for
/// bit. Equal histograms have equal bytes, and an encoding says where it ends: a message can give
/// the length first or leave it out. Source: docs/formats/native-histogram.md.
public final class NativeHistogramCodec {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final int FLOAT_FLAG = 1;
  private static final int HINT_SHIFT = 1;
  private static final int KNOWN_FLAGS = 7;
  private static final ResetHint[] HINTS = ResetHint.values();

  private NativeHistogramCodec() {}

  /// A number of bytes that the encoding does not exceed.
  public static int maxLengthBytes(NativeHistogram histogram) {
    return 1
        + 5
        + 8
        + 10
        + 10
        + 8
        + 5 * 5
        + 5 * (histogram.positiveSpans().length + histogram.negativeSpans().length)
        + 10 * (histogram.positiveBuckets().length + histogram.negativeBuckets().length)
        + 8 * histogram.customBounds().length;
  }

  /// Writes the encoding to `target` from `offset` on, where [#maxLengthBytes] must be free.
  ///
  /// @return the length in bytes
  public static int encode(NativeHistogram histogram, byte[] target, int offset) {
    boolean isFloat = histogram.isFloat();
    int at = offset;
    target[at++] =
        (byte) (histogram.resetHint().ordinal() << HINT_SHIFT | (isFloat ? FLOAT_FLAG : 0));
    at = putVarint(target, at, zigzag(histogram.schema()));
    at = putLong(target, at, Double.doubleToRawLongBits(histogram.zeroThreshold()));
    at = putCount(target, at, histogram.zeroCountBits(), isFloat);
    at = putCount(target, at, histogram.countBits(), isFloat);
    at = putLong(target, at, Double.doubleToRawLongBits(histogram.sum()));
    at = putSide(target, at, histogram.positiveSpans(), histogram.positiveBuckets(), isFloat);
    at = putSide(target, at, histogram.negativeSpans(), histogram.negativeBuckets(), isFloat);
    at = putVarint(target, at, histogram.customBounds().length);
    for (double bound : histogram.customBounds()) {
      at = putLong(target, at, Double.doubleToRawLongBits(bound));
    }
    return at - offset;
  }

  /// Reads an encoding that fills exactly `source[offset, offset + lengthBytes)`. Says nothing
  /// about whether the histogram is valid.
  ///
  /// @throws CorruptDataException if the bytes are not an encoding
  public static NativeHistogram decode(byte[] source, int offset, int lengthBytes) {
    Reader reader = new Reader().reset(source, offset, lengthBytes);
    NativeHistogram histogram = reader.read();
    if (reader.at != reader.end) {
      throw new CorruptDataException(
          "native histogram has " + (reader.end - reader.at) + " bytes too many");
    }
    return histogram;
  }

  private static int putSide(
      byte[] target, int offset, int[] spans, long[] buckets, boolean isFloat) {
    int at = putVarint(target, offset, spans.length / 2);
    for (int i = 0; i < spans.length; i += 2) {
      at = putVarint(target, at, zigzag(spans[i]));
      at = putVarint(target, at, spans[i + 1] & 0xffff_ffffL);
    }
    at = putVarint(target, at, buckets.length);
    for (long bucket : buckets) {
      at = putCount(target, at, isFloat ? bucket : zigzag(bucket), isFloat);
    }
    return at;
  }

  private static int putCount(byte[] target, int at, long value, boolean isFloat) {
    return isFloat ? putLong(target, at, value) : putVarint(target, at, value);
  }

  private static int putLong(byte[] target, int at, long value) {
    LONG.set(target, at, value);
    return at + 8;
  }

  private static int putVarint(byte[] target, int offset, long value) {
    int at = offset;
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      target[at++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    target[at++] = (byte) rest;
    return at;
  }

  private static long zigzag(long value) {
    return value << 1 ^ value >> 63;
  }

  /// Reads encodings whose lengths are not known from outside: one pass over the bytes, with every
  /// count checked against what is left before it is believed. Confined, and made to be kept.
  public static final class Reader {
    private byte[] source = {};
    private int at;
    private int end;

    /// Goes to the start of an encoding in `bytes[offset, offset + lengthBytes)`, which it need not
    /// fill.
    public Reader reset(byte[] bytes, int offset, int lengthBytes) {
      source = bytes;
      at = offset;
      end = offset + lengthBytes;
      return this;
    }

    /// The offset behind the last byte that was read.
    public int position() {
      return at;
    }

    /// Reads one encoding. Says nothing about whether the histogram is valid.
    ///
    /// @throws CorruptDataException if the bytes are not an encoding
    public NativeHistogram read() {
      int flags = octet();
      if ((flags & ~KNOWN_FLAGS) != 0) {
        throw new CorruptDataException("native histogram has unknown flags " + flags);
      }
      boolean isFloat = (flags & FLOAT_FLAG) != 0;
      ResetHint hint = HINTS[flags >>> HINT_SHIFT];
      int schema = integer(unzigzag(varint()));
      double zeroThreshold = Double.longBitsToDouble(fixed());
      long zeroCount = count(isFloat);
      long count = count(isFloat);
      double sum = Double.longBitsToDouble(fixed());
      int[] positiveSpans = spans();
      long[] positiveBuckets = buckets(isFloat);
      int[] negativeSpans = spans();
      long[] negativeBuckets = buckets(isFloat);
      double[] bounds = new double[number(8)];
      for (int i = 0; i < bounds.length; i++) {
        bounds[i] = Double.longBitsToDouble(fixed());
      }
      return new NativeHistogram(
          hint,
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

    private int[] spans() {
      int[] spans = new int[2 * number(2)];
      for (int i = 0; i < spans.length; i += 2) {
        spans[i] = integer(unzigzag(varint()));
        long length = varint();
        if (length >>> 32 != 0) {
          throw new CorruptDataException("native histogram has a span of " + length + " buckets");
        }
        spans[i + 1] = (int) length;
      }
      return spans;
    }

    private long[] buckets(boolean isFloat) {
      long[] buckets = new long[number(isFloat ? 8 : 1)];
      for (int i = 0; i < buckets.length; i++) {
        buckets[i] = isFloat ? fixed() : unzigzag(varint());
      }
      return buckets;
    }

    private int number(int minBytesEach) {
      long number = varint();
      if (number < 0 || number > (end - at) / minBytesEach) {
        throw new CorruptDataException(
            "native histogram claims "
                + Long.toUnsignedString(number)
                + " elements in "
                + (end - at)
                + " bytes");
      }
      return (int) number;
    }

    private long count(boolean isFloat) {
      return isFloat ? fixed() : varint();
    }

    private int octet() {
      if (at >= end) {
        throw new CorruptDataException("native histogram is cut off");
      }
      return source[at++] & 0xff;
    }

    private long fixed() {
      if (end - at < 8) {
        throw new CorruptDataException("native histogram is cut off");
      }
      at += 8;
      return (long) LONG.get(source, at - 8);
    }

    private long varint() {
      long value = 0;
      for (int shift = 0; shift < 64; shift += 7) {
        int next = octet();
        value |= (next & 0x7fL) << shift;
        if (next < 0x80) {
          if (shift == 63 && next > 1) {
            break;
          }
          return value;
        }
      }
      throw new CorruptDataException("native histogram has a number of more than 64 bits");
    }

    private static int integer(long value) {
      if (value != (int) value) {
        throw new CorruptDataException("native histogram has " + value + " for a 32-bit number");
      }
      return (int) value;
    }

    private static long unzigzag(long value) {
      return value >>> 1 ^ -(value & 1);
    }
  }
}
