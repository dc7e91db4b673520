package io.pallium.promql.arithmetic;

/// Sine, cosine, tangent and arc tangent for [GoMath].
///
/// Source: Cephes, with Payne and Hanek's reduction of large arguments, as in Go's `math` package.
final class Trigonometry {
  private static final double PI4A = 7.85398125648498535156e-1;
  private static final double PI4B = 3.77489470793079817668e-8;
  private static final double PI4C = 2.69515142907905952645e-15;
  private static final double REDUCE_FROM = 0x1p29;

  private static final double[] SIN = {
    1.58962301576546568060e-10,
    -2.50507477628578072866e-8,
    2.75573136213857245213e-6,
    -1.98412698295895385996e-4,
    8.33333333332211858878e-3,
    -1.66666666666666307295e-1
  };
  private static final double[] COS = {
    -1.13585365213876817300e-11,
    2.08757008419747316778e-9,
    -2.75573141792967388112e-7,
    2.48015872888517045348e-5,
    -1.38888888888730564116e-3,
    4.16666666666665929218e-2
  };

  /// The binary digits of 4/π.
  private static final long[] FOUR_OVER_PI = {
    0x0000000000000001L, 0x45f306dc9c882a53L, 0xf84eafa3ea69bb81L, 0xb6c52b3278872083L,
    0xfca2c757bd778ac3L, 0x6e48dc74849ba5c0L, 0x0c925dd413a32439L, 0xfc3bd63962534e7dL,
    0xd1046bea5d768909L, 0xd338e04d68befc82L, 0x7323ac7306a673e9L, 0x3908bf177bf25076L,
    0x3ff12fffbc0b301fL, 0xde5e2316b414da3eL, 0xda6cfd9e4f96136eL, 0x9e8c7ecd3cbfd45aL,
    0xea4f758fd7cbe2f6L, 0x7a0e73ef14a525d4L, 0xd7f6bf623f1aba10L, 0xac06608df8f6d757L
  };

  private Trigonometry() {}

  static double sin(double x) {
    if (x == 0 || Double.isNaN(x)) {
      return x;
    }
    if (Double.isInfinite(x)) {
      return Double.NaN;
    }
    double size = Math.abs(x);
    long octant = octant(size);
    double z = remainder(size, octant);
    int j = (int) (octant & 7);
    boolean isNegative = x < 0;
    if (j > 3) {
      isNegative = !isNegative;
      j -= 4;
    }
    double y = j == 1 || j == 2 ? cosSeries(z) : sinSeries(z);
    return isNegative ? -y : y;
  }

  static double cos(double x) {
    if (Double.isNaN(x) || Double.isInfinite(x)) {
      return Double.NaN;
    }
    double size = Math.abs(x);
    long octant = octant(size);
    double z = remainder(size, octant);
    int j = (int) (octant & 7);
    boolean isNegative = false;
    if (j > 3) {
      isNegative = true;
      j -= 4;
    }
    if (j > 1) {
      isNegative = !isNegative;
    }
    double y = j == 1 || j == 2 ? sinSeries(z) : cosSeries(z);
    return isNegative ? -y : y;
  }

  static double tan(double x) {
    if (x == 0 || Double.isNaN(x)) {
      return x;
    }
    if (Double.isInfinite(x)) {
      return Double.NaN;
    }
    double size = Math.abs(x);
    long octant = octant(size);
    double z = remainder(size, octant);
    double zz = z * z;
    double y = z;
    if (zz > 1e-14) {
      double p =
          ((-1.30936939181383777646e4 * zz) + 1.15351664838587416140e6) * zz
              - 1.79565251976484877988e7;
      double q =
          (((zz + 1.36812963470692954678e4) * zz - 1.32089234440210967447e6) * zz
                      + 2.50083801823357915839e7)
                  * zz
              - 5.38695755929454629881e7;
      y = z + z * (zz * p / q);
    }
    if ((octant & 2) == 2) {
      y = -1 / y;
    }
    return x < 0 ? -y : y;
  }

  /// The arc tangent of a number above zero.
  static double positiveAtan(double x) {
    if (x <= 0.66) {
      return smallAtan(x);
    }
    if (x > 2.41421356237309504880) {
      return Math.PI / 2 - smallAtan(1 / x) + 6.123233995736765886130e-17;
    }
    return Math.PI / 4 + smallAtan((x - 1) / (x + 1)) + 0.5 * 6.123233995736765886130e-17;
  }

  private static double smallAtan(double x) {
    double z = x * x;
    double p =
        (((-8.750608600031904122785e-01 * z - 1.615753718733365076637e+01) * z
                            - 7.500855792314704667340e+01)
                        * z
                    - 1.228866684490136173410e+02)
                * z
            - 6.485021904942025371773e+01;
    double q =
        ((((z + 2.485846490142306297962e+01) * z + 1.650270098316988542046e+02) * z
                            + 4.328810604912902668951e+02)
                        * z
                    + 4.853903996359136964868e+02)
                * z
            + 1.945506571482613964425e+02;
    z = z * p / q;
    return x * z + x;
  }

  private static double sinSeries(double z) {
    double zz = z * z;
    return z + z * zz * series(SIN, zz);
  }

  private static double cosSeries(double z) {
    double zz = z * z;
    return 1.0 - 0.5 * zz + zz * zz * series(COS, zz);
  }

  private static double series(double[] terms, double zz) {
    double sum = terms[0];
    for (int i = 1; i < terms.length; i++) {
      sum = sum * zz + terms[i];
    }
    return sum;
  }

  /// The even number of eighths of a turn next to `x`.
  private static long octant(double x) {
    long octant = x >= REDUCE_FROM ? digits(x, true) >>> 61 : (long) (x * (4 / Math.PI));
    return (octant & 1) == 1 ? octant + 1 : octant;
  }

  private static double remainder(double x, long octant) {
    if (x < REDUCE_FROM) {
      double y = octant;
      return ((x - y * PI4A) - y * PI4B) - y * PI4C;
    }
    long high = digits(x, true);
    long low = digits(x, false);
    boolean isOdd = (high >>> 61 & 1) == 1;
    high = high << 3 | low >>> 61;
    int zeros = Long.numberOfLeadingZeros(high);
    long exponent = 1022L - zeros;
    high = shiftLeft(high, zeros + 1) | shiftRight(low, 64 - (zeros + 1));
    high >>>= 12;
    high |= exponent << 52;
    double z = Double.longBitsToDouble(high);
    return (isOdd ? z - 1 : z) * (Math.PI / 4);
  }

  /// The upper or lower 64 bits of the product of `x` with the digits of 4/π that matter.
  private static long digits(double x, boolean isHigh) {
    long bits = Double.doubleToRawLongBits(x);
    int exponent = (int) (bits >>> 52 & 0x7ff) - 1023 - 52;
    long mantissa = bits & 0x000fffffffffffffL | 1L << 52;
    int digit = (exponent + 61) / 64;
    int shift = (exponent + 61) % 64;
    long z0 = window(digit, shift);
    long z1 = window(digit + 1, shift);
    long z2 = window(digit + 2, shift);
    long low = z1 * mantissa + Math.unsignedMultiplyHigh(z2, mantissa);
    if (!isHigh) {
      return low;
    }
    boolean hasCarry = Long.compareUnsigned(low, z1 * mantissa) < 0;
    return z0 * mantissa + Math.unsignedMultiplyHigh(z1, mantissa) + (hasCarry ? 1 : 0);
  }

  private static long window(int digit, int shift) {
    return FOUR_OVER_PI[digit] << shift | shiftRight(FOUR_OVER_PI[digit + 1], 64 - shift);
  }

  private static long shiftRight(long value, int bits) {
    return bits >= 64 ? 0 : value >>> bits;
  }

  private static long shiftLeft(long value, int bits) {
    return bits >= 64 ? 0 : value << bits;
  }
}
