package io.pallium.server.api;

import io.pallium.base.HotPath;
import java.math.BigInteger;

/// Writes a double as the shortest decimal that reads back as the same double, straight into bytes
/// and in the notation of Prometheus: plain digits, or an exponent below 1e-6 and from 1e21 on.
///
/// Integers and decimals of at most 15 digits, which is nearly all that monitoring data holds, are
/// found by division and multiplication; a decimal of so few digits is always the shortest. The
/// rest goes through Schubfach.
///
/// Source: Raffaello Giulietti, "The Schubfach way to render doubles".
@HotPath
final class ShortestDouble {
  /// The most bytes that one double takes: a sign, 21 digits or `0.` with zeros and 17 digits.
  static final int MAX_BYTES = 32;

  private static final long MAX_SHORT_DECIMAL = 1_000_000_000_000_000L;
  private static final double[] POWERS_OF_TEN = {
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15
  };
  private static final int MAX_FAST_FRACTION_DIGITS = 6;

  private static final int MIN_K = -324;
  private static final int MAX_K = 292;
  private static final long MASK_63 = (1L << 63) - 1;
  private static final long[] POWER_HIGH = new long[MAX_K - MIN_K + 1];
  private static final long[] POWER_LOW = new long[MAX_K - MIN_K + 1];

  static {
    for (int k = MIN_K; k <= MAX_K; k++) {
      BigInteger power = powerOfTenMantissa(k);
      POWER_HIGH[k - MIN_K] = power.shiftRight(63).longValueExact();
      POWER_LOW[k - MIN_K] = power.and(BigInteger.valueOf(MASK_63)).longValueExact();
    }
  }

  private ShortestDouble() {}

  /// Writes a value at `target[position]`, where [#MAX_BYTES] must be free.
  ///
  /// @return the position after it
  static int write(double value, byte[] target, int position) {
    int at = position;
    if (Double.isNaN(value)) {
      return writeAscii("NaN", target, at);
    }
    double magnitude = Math.abs(value);
    boolean isNegative = Double.doubleToRawLongBits(value) < 0;
    if (magnitude == Double.POSITIVE_INFINITY) {
      return writeAscii(isNegative ? "-Inf" : "+Inf", target, at);
    }
    if (isNegative) {
      target[at++] = '-';
    }
    if (magnitude < MAX_SHORT_DECIMAL) {
      long whole = (long) magnitude;
      if (whole == magnitude) {
        return writeDigits(whole, target, at);
      }
      if (magnitude >= 1e-6) {
        int end = writeShortDecimal(magnitude, whole, target, at);
        if (end > 0) {
          return end;
        }
      }
    }
    return writeAnyDecimal(magnitude, target, at);
  }

  /// Writes digits of a number that is not negative.
  static int writeDigits(long number, byte[] target, int position) {
    int digits = digitCount(number);
    long rest = number;
    for (int i = position + digits - 1; i >= position; i--) {
      long quotient = rest / 10;
      target[i] = (byte) ('0' + (rest - quotient * 10));
      rest = quotient;
    }
    return position + digits;
  }

  /// Writes milliseconds since the epoch as seconds with as many decimals as are needed.
  static int writeSeconds(long timestampMs, byte[] target, int position) {
    int at = position;
    long magnitude = timestampMs;
    if (magnitude < 0) {
      target[at++] = '-';
      magnitude = -magnitude;
    }
    at = writeDigits(Long.divideUnsigned(magnitude, 1000), target, at);
    int fraction = (int) Long.remainderUnsigned(magnitude, 1000);
    if (fraction != 0) {
      target[at++] = '.';
      target[at++] = (byte) ('0' + fraction / 100);
      target[at++] = (byte) ('0' + fraction / 10 % 10);
      target[at++] = (byte) ('0' + fraction % 10);
    }
    return at;
  }

  /// A number of few decimals: the least k for which magnitude × 10^k, rounded, divided by 10^k
  /// gives the magnitude again. Both are exact doubles, so the division rounds as reading the
  /// decimal does.
  private static int writeShortDecimal(double magnitude, long whole, byte[] target, int position) {
    for (int k = 1; k <= MAX_FAST_FRACTION_DIGITS; k++) {
      double power = POWERS_OF_TEN[k];
      double scaled = Math.rint(magnitude * power);
      if (scaled >= MAX_SHORT_DECIMAL) {
        return 0;
      }
      if (scaled / power == magnitude) {
        long fraction = (long) scaled - whole * (long) power;
        int at = writeDigits(whole, target, position);
        target[at++] = '.';
        for (int i = at + k - 1; i >= at; i--) {
          target[i] = (byte) ('0' + fraction % 10);
          fraction /= 10;
        }
        return at + k;
      }
    }
    return 0;
  }

  private static int writeAnyDecimal(double magnitude, byte[] target, int position) {
    long bits = Double.doubleToRawLongBits(magnitude);
    int biased = (int) (bits >>> 52);
    long fraction = bits & ((1L << 52) - 1);
    boolean isSubnormal = biased == 0;
    long c = isSubnormal ? fraction : fraction | (1L << 52);
    int q = (isSubnormal ? 1 : biased) - 1075;
    boolean isIrregular = fraction == 0 && biased > 1;

    long out = c & 1;
    long cb = c << 2;
    long cbr = cb + 2;
    long cbl = isIrregular ? cb - 1 : cb - 2;
    int k = isIrregular ? floorLog10ThreeQuartersPowerOf2(q) : floorLog10PowerOf2(q);
    int h = q + floorLog2PowerOf10(-k) + 2;
    long high = POWER_HIGH[k - MIN_K];
    long low = POWER_LOW[k - MIN_K];
    long vb = roundToOdd(high, low, cb << h);
    long vbl = roundToOdd(high, low, cbl << h);
    long vbr = roundToOdd(high, low, cbr << h);

    long s = vb >> 2;
    long decimal;
    long tens = s / 10 * 10;
    boolean isLowerIn = s >= 10 && vbl + out <= tens << 2;
    boolean isUpperIn = s >= 10 && ((tens + 10) << 2) + out <= vbr;
    if (isLowerIn != isUpperIn) {
      decimal = isLowerIn ? tens : tens + 10;
    } else {
      long t = s + 1;
      boolean isFloorIn = vbl + out <= s << 2;
      boolean isCeilingIn = (t << 2) + out <= vbr;
      if (isFloorIn != isCeilingIn) {
        decimal = isFloorIn ? s : t;
      } else {
        long side = vb - ((s + t) << 1);
        decimal = side < 0 || (side == 0 && (s & 1) == 0) ? s : t;
      }
    }
    int exponent = k;
    while (decimal % 10 == 0) {
      decimal /= 10;
      exponent++;
    }
    return writeNotation(decimal, exponent, magnitude, target, position);
  }

  private static int writeNotation(
      long decimal, int exponent, double magnitude, byte[] target, int position) {
    int digits = digitCount(decimal);
    int pointAt = digits + exponent;
    int at = position;
    if (magnitude < 1e-6 || magnitude >= 1e21) {
      return writeScientific(decimal, digits, pointAt - 1, target, at);
    }
    if (pointAt <= 0) {
      target[at++] = '0';
      target[at++] = '.';
      for (int i = pointAt; i < 0; i++) {
        target[at++] = '0';
      }
      return writeDigits(decimal, target, at);
    }
    at = writeDigits(decimal, target, at);
    if (pointAt >= digits) {
      for (int i = digits; i < pointAt; i++) {
        target[at++] = '0';
      }
      return at;
    }
    int point = position + pointAt;
    System.arraycopy(target, point, target, point + 1, at - point);
    target[point] = '.';
    return at + 1;
  }

  private static int writeScientific(
      long decimal, int digits, int exponent, byte[] target, int position) {
    int at = writeDigits(decimal, target, position);
    if (digits > 1) {
      System.arraycopy(target, position + 1, target, position + 2, digits - 1);
      target[position + 1] = '.';
      at++;
    }
    target[at++] = 'e';
    target[at++] = (byte) (exponent < 0 ? '-' : '+');
    if (Math.abs(exponent) < 10) {
      target[at++] = '0';
    }
    return writeDigits(Math.abs(exponent), target, at);
  }

  private static int digitCount(long number) {
    int digits = 1;
    long bound = 10;
    while (number >= bound) {
      digits++;
      if (digits == 19) {
        return digits;
      }
      bound *= 10;
    }
    return digits;
  }

  private static int writeAscii(String text, byte[] target, int position) {
    for (int i = 0; i < text.length(); i++) {
      target[position + i] = (byte) text.charAt(i);
    }
    return position + text.length();
  }

  private static long roundToOdd(long high, long low, long factor) {
    long x1 = Math.multiplyHigh(low, factor);
    long y0 = high * factor;
    long y1 = Math.multiplyHigh(high, factor);
    long z = (y0 >>> 1) + x1;
    long w = y1 + (z >>> 63);
    return w | (((z & MASK_63) + MASK_63) >>> 63);
  }

  private static int floorLog10PowerOf2(int e) {
    return (int) ((e * 661_971_961_083L) >> 41);
  }

  private static int floorLog10ThreeQuartersPowerOf2(int e) {
    return (int) ((e * 661_971_961_083L - 274_743_187_321L) >> 41);
  }

  private static int floorLog2PowerOf10(int e) {
    return (int) ((e * 913_124_641_741L) >> 38);
  }

  /// 126 bits of 10^-k, rounded up.
  private static BigInteger powerOfTenMantissa(int k) {
    int r = floorLog2PowerOf10(-k) - 125;
    BigInteger numerator = k <= 0 ? BigInteger.TEN.pow(-k) : BigInteger.ONE;
    BigInteger denominator = k <= 0 ? BigInteger.ONE : BigInteger.TEN.pow(k);
    if (r >= 0) {
      denominator = denominator.shiftLeft(r);
    } else {
      numerator = numerator.shiftLeft(-r);
    }
    return numerator.divide(denominator).add(BigInteger.ONE);
  }
}
