package io.pallium.bench;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// A prototype of an encoding for samples that are hardly read any more, measured by
/// [ColdEncodingPrototype]: values as decimal integers with one exponent per series, differences of
/// first or second order, packed in blocks of 128 to the width of the largest; times as the
/// differences of their distances. Without loss: what does not come back bit by bit is not encoded.
///
/// ```
/// u8 exponent (bits 0..3), order (bits 4, 5) | order x i64 first values
/// per block: u8 width | u8 n | least, n bytes with its sign | 128 x width bits, in whole bytes
/// ```
///
/// The idea of decimals with an exponent is that of VictoriaMetrics, the packing that of "frame of
/// reference" (Goldstein, Ramakrishnan, Shaft: Compressing relations and indexes, 1998).
public final class DecimalColumn {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final int BLOCK = 128;
  private static final int MAX_EXPONENT = 6;
  private static final double[] POWERS = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6};
  private static final double MAX_INTEGER = 1L << 53;

  private final long[] whole;
  private final long[] differences;

  /// @param capacity the most values of a series
  public DecimalColumn(int capacity) {
    whole = new long[capacity + BLOCK];
    differences = new long[capacity + BLOCK];
  }

  /// Encodes values.
  ///
  /// @param into with room for 16 bytes a value and 64
  /// @return the bytes written, or -1 if they are no decimals of up to six digits behind the point
  public int encode(double[] values, int count, byte[] into, int offset) {
    int exponent = exponent(values, count);
    if (exponent < 0) {
      return -1;
    }
    for (int i = 0; i < count; i++) {
      whole[i] = Math.round(values[i] * POWERS[exponent]);
    }
    return encode(count, exponent, into, offset);
  }

  /// Encodes times.
  ///
  /// @return the bytes written
  public int encodeTimes(long[] timestampsMs, int count, byte[] into, int offset) {
    System.arraycopy(timestampsMs, 0, whole, 0, count);
    return encode(count, 0, into, offset);
  }

  private int encode(int count, int exponent, byte[] into, int offset) {
    int best = Integer.MAX_VALUE;
    int bestOrder = 0;
    for (int order = 0; order <= 2; order++) {
      int length = pack(count, order, into, offset + 1);
      if (length < best) {
        best = length;
        bestOrder = order;
      }
    }
    into[offset] = (byte) (exponent | bestOrder << 4);
    return 1 + pack(count, bestOrder, into, offset + 1);
  }

  /// Decodes values.
  ///
  /// @return where the encoded ones end
  public int decode(byte[] from, int offset, int count, double[] values) {
    int end = unpack(from, offset, count);
    double power = POWERS[from[offset] & 0xF];
    for (int i = 0; i < count; i++) {
      values[i] = whole[i] / power;
    }
    return end;
  }

  /// Decodes times.
  ///
  /// @return where the encoded ones end
  public int decodeTimes(byte[] from, int offset, int count, long[] timestampsMs) {
    int end = unpack(from, offset, count);
    System.arraycopy(whole, 0, timestampsMs, 0, count);
    return end;
  }

  /// The least exponent with which all values come back bit by bit; -1 if there is none.
  private static int exponent(double[] values, int count) {
    int exponent = 0;
    for (int i = 0; i < count; i++) {
      double value = values[i];
      while (!isDecimal(value, POWERS[exponent])) {
        if (++exponent > MAX_EXPONENT) {
          return -1;
        }
        // Those before come back with a larger exponent too, unless they get too large.
        i = -1;
        value = 0;
      }
    }
    return exponent;
  }

  private static boolean isDecimal(double value, double power) {
    double scaled = value * power;
    return Math.abs(scaled) < MAX_INTEGER
        && Double.doubleToRawLongBits(Math.round(scaled) / power)
            == Double.doubleToRawLongBits(value);
  }

  private int pack(int count, int order, byte[] into, int offset) {
    System.arraycopy(whole, 0, differences, 0, count);
    for (int o = 0; o < order; o++) {
      for (int i = count - 1; i > o; i--) {
        differences[i] -= differences[i - 1];
      }
    }
    int at = offset;
    for (int o = 0; o < order && o < count; o++) {
      LONG.set(into, at, differences[o]);
      at += Long.BYTES;
    }
    for (int start = order; start < count; start += BLOCK) {
      at = packBlock(start, Math.min(count, start + BLOCK), into, at);
    }
    return at - offset;
  }

  private int packBlock(int start, int end, byte[] into, int offset) {
    long least = Long.MAX_VALUE;
    long most = Long.MIN_VALUE;
    for (int i = start; i < end; i++) {
      least = Math.min(least, differences[i]);
      most = Math.max(most, differences[i]);
    }
    int width = 64 - Long.numberOfLeadingZeros(most - least);
    into[offset] = (byte) width;
    int leastBytes = leastBytes(least);
    into[offset + 1] = (byte) leastBytes;
    LONG.set(into, offset + 2, least);
    int at = offset + 2 + leastBytes;
    long word = 0;
    int used = 0;
    for (int i = start; i < end && width > 0; i++) {
      long value = differences[i] - least;
      word |= value << used;
      used += width;
      if (used >= Long.SIZE) {
        LONG.set(into, at, word);
        at += Long.BYTES;
        used -= Long.SIZE;
        word = used == 0 ? 0 : value >>> width - used;
      }
    }
    LONG.set(into, at, word);
    return at + (used + 7) / 8;
  }

  /// How many bytes a number takes with its sign.
  private static int leastBytes(long number) {
    return (72 - Long.numberOfLeadingZeros(number ^ number >> 63)) / 8;
  }

  private int unpack(byte[] from, int offset, int count) {
    int order = from[offset] >> 4 & 3;
    int at = offset + 1;
    for (int o = 0; o < order && o < count; o++) {
      whole[o] = (long) LONG.get(from, at);
      at += Long.BYTES;
    }
    for (int start = order; start < count; start += BLOCK) {
      at = unpackBlock(from, at, start, Math.min(count, start + BLOCK));
    }
    for (int o = order - 1; o >= 0; o--) {
      long sum = whole[o];
      for (int i = o + 1; i < count; i++) {
        sum += whole[i];
        whole[i] = sum;
      }
    }
    return at;
  }

  private int unpackBlock(byte[] from, int offset, int start, int end) {
    int width = from[offset];
    int leastBytes = from[offset + 1];
    int unused = Long.SIZE - 8 * leastBytes;
    long least = (long) LONG.get(from, offset + 2) << unused >> unused;
    int at = offset + 2 + leastBytes;
    if (width == 0) {
      for (int i = start; i < end; i++) {
        whole[i] = least;
      }
      return at;
    }
    int bits = 0;
    long mask = -1L >>> Long.SIZE - width;
    for (int i = start; i < end; i++) {
      int place = at + (bits >>> 3);
      long value = (long) LONG.get(from, place) >>> (bits & 7);
      if (width > Long.SIZE - 8) {
        value |= (long) LONG.get(from, place + 1) << 8 - (bits & 7);
      }
      whole[i] = least + (value & mask);
      bits += width;
    }
    return at + (bits + 7) / 8;
  }
}
