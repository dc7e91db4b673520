package io.pallium.promql.arithmetic;

/// Elementary functions that give the same bits as those that Prometheus uses on amd64, where they
/// differ from Java's in the last place.
///
/// Source: the FreeBSD and Cephes algorithms and constants that Go's `math` package implements; the
/// order of operations is theirs, since that decides the bits.
public final class GoMath {
  private static final double LN2_HI = 6.93147180369123816490e-01;
  private static final double LN2_LO = 1.90821492927058770002e-10;
  private static final double LN2 = 0.693147180559945309417232121458176568;

  // Quotients rounded once, not twice.
  private static final double LOG2_OF_E = 1.44269504088896340735992468100189214;
  private static final double LOG10_OF_E = 0.434294481903251827651128918916605082;

  private static final double[] LOG = {
    6.666666666666735130e-01,
    3.999999999940941908e-01,
    2.857142874366239149e-01,
    2.222219843214978396e-01,
    1.818357216161805012e-01,
    1.531383769920937332e-01,
    1.479819860511658591e-01
  };

  private static final double[] EXP = {
    2.4801587301587301587e-5,
    1.9841269841269841270e-4,
    1.3888888888888888889e-3,
    8.3333333333333333333e-3,
    4.1666666666666666667e-2,
    1.6666666666666666667e-1,
    0.5,
    1.0
  };

  private GoMath() {}

  /// e to the power of `x`.
  public static double exp(double x) {
    if (Double.isNaN(x) || x == Double.POSITIVE_INFINITY) {
      return x;
    }
    if (x == Double.NEGATIVE_INFINITY) {
      return 0;
    }
    if (x > 7.09782712893384e+02) {
      return Double.POSITIVE_INFINITY;
    }
    double scaled = 1.4426950408889634073599246810018920 * x;
    // The conversion of the processor gives the least integer when it overflows.
    int exponent = scaled < -2.0e9 ? Integer.MIN_VALUE : (int) Math.rint(scaled);
    double k = exponent;
    double r = Math.fma(-k, 0.69314718055966295651160180568695068359375, x);
    r = Math.fma(-k, 0.28235290563031577122588448175013436025525412068e-12, r);
    r *= 0.0625;
    double sum = EXP[0];
    for (int i = 1; i < EXP.length; i++) {
      sum = Math.fma(sum, r, EXP[i]);
    }
    r *= sum;
    r *= r + 2;
    r *= r + 2;
    r *= r + 2;
    r = Math.fma(r, r + 2, 1.0);
    return scale(r, exponent);
  }

  /// 2 to the power of `x`.
  public static double exp2(double x) {
    if (Double.isNaN(x) || x == Double.POSITIVE_INFINITY) {
      return x;
    }
    if (x == Double.NEGATIVE_INFINITY || x < -1.0740e+03) {
      return 0;
    }
    if (x > 1.0239999999999999e+03) {
      return Double.POSITIVE_INFINITY;
    }
    int k = (int) (x > 0 ? x + 0.5 : x < 0 ? x - 0.5 : 0);
    double t = x - k;
    double high = t * 6.93147180369123816490e-01;
    double low = -t * 1.90821492927058770002e-10;
    double r = high - low;
    double square = r * r;
    double c =
        r
            - square
                * (1.66666666666666657415e-01
                    + square
                        * (-2.77777777770155933842e-03
                            + square
                                * (6.61375632143793436117e-05
                                    + square
                                        * (-1.65339022054652515390e-06
                                            + square * 4.13813679705723846039e-08))));
    double y = 1 - ((low - (r * c) / (2 - c)) - high);
    return loadExponent(y, k);
  }

  private static double scale(double fraction, int exponent) {
    int biased = exponent + 0x3ff;
    if (biased >= 0x7ff) {
      return Double.POSITIVE_INFINITY;
    }
    if (biased > 0) {
      return fraction * Double.longBitsToDouble((long) biased << 52);
    }
    if (biased < -52) {
      return 0;
    }
    double small = fraction * Double.longBitsToDouble((long) (biased + 0x3fe) << 52);
    return small * Double.longBitsToDouble(1L << 52);
  }

  /// The natural logarithm.
  public static double log(double x) {
    if (Double.isNaN(x) || x == Double.POSITIVE_INFINITY) {
      return x;
    }
    if (x < 0) {
      return Double.NaN;
    }
    if (x == 0) {
      return Double.NEGATIVE_INFINITY;
    }
    // Intended: numbers below the normal ones are split as if they were normal, as Prometheus does.
    long bits = Double.doubleToRawLongBits(x);
    double fraction =
        Double.longBitsToDouble((bits & 0x000fffffffffffffL) | Double.doubleToRawLongBits(0.5));
    double k = (int) (bits >>> 52 & 0x7ff) - 0x3fe;
    if (fraction <= 7.07106781186547524401e-01) {
      k -= 1;
      fraction *= 2;
    }
    double f = fraction - 1;
    double s = f / (2 + f);
    double s2 = s * s;
    double s4 = s2 * s2;
    double t1 = s2 * (LOG[0] + s4 * (LOG[2] + s4 * (LOG[4] + s4 * LOG[6])));
    double t2 = s4 * (LOG[1] + s4 * (LOG[3] + s4 * LOG[5]));
    double r = t1 + t2;
    double half = 0.5 * f * f;
    return k * LN2_HI - ((half - (s * (half + r) + k * LN2_LO)) - f);
  }

  /// The logarithm to base 2.
  public static double log2(double x) {
    if (x == 0 || Double.isNaN(x) || Double.isInfinite(x)) {
      return log(x);
    }
    double fraction = fraction(x);
    int exponent = exponent(x);
    if (fraction == 0.5) {
      return exponent - 1;
    }
    return log(fraction) * LOG2_OF_E + exponent;
  }

  /// The logarithm to base 10.
  public static double log10(double x) {
    return log(x) * LOG10_OF_E;
  }

  private static double log1p(double x) {
    if (x < -1 || Double.isNaN(x)) {
      return Double.NaN;
    }
    if (x == -1) {
      return Double.NEGATIVE_INFINITY;
    }
    if (x == Double.POSITIVE_INFINITY) {
      return x;
    }
    double size = Math.abs(x);
    if (size < 0x1p-29) {
      return size < 0x1p-54 ? x : x - x * x * 0.5;
    }
    double f = x;
    long mantissa = 1;
    int k = 0;
    double c = 0;
    if (size >= 4.142135623730950488017e-01 || x <= -2.928932188134524755992e-01) {
      double u = size < 0x1p53 ? 1.0 + x : x;
      mantissa = Double.doubleToRawLongBits(u);
      k = (int) (mantissa >>> 52) - 1023;
      if (size < 0x1p53) {
        c = k > 0 ? 1.0 - (u - x) : x - (u - 1.0);
        c /= u;
      }
      mantissa &= 0x000fffffffffffffL;
      if (mantissa < 0x0006a09e667f3bcdL) {
        u = Double.longBitsToDouble(mantissa | 0x3ff0000000000000L);
      } else {
        k++;
        u = Double.longBitsToDouble(mantissa | 0x3fe0000000000000L);
        mantissa = (0x0010000000000000L - mantissa) >> 2;
      }
      f = u - 1.0;
    }
    double half = 0.5 * f * f;
    if (mantissa == 0) {
      if (f == 0) {
        return k == 0 ? 0 : k * LN2_HI + (c + k * LN2_LO);
      }
      double r = half * (1.0 - 0.66666666666666666 * f);
      return k == 0 ? f - r : k * LN2_HI - ((r - (k * LN2_LO + c)) - f);
    }
    double s = f / (2.0 + f);
    double z = s * s;
    double r = LOG[6];
    for (int i = 5; i >= 0; i--) {
      r = LOG[i] + z * r;
    }
    r *= z;
    if (k == 0) {
      return f - (half - s * (half + r));
    }
    return k * LN2_HI - ((half - (s * (half + r) + (k * LN2_LO + c))) - f);
  }

  /// `x` to the power of `y`.
  public static double pow(double x, double y) {
    if (y == 0 || x == 1) {
      return 1;
    }
    if (y == 1) {
      return x;
    }
    if (Double.isNaN(x) || Double.isNaN(y)) {
      return Double.NaN;
    }
    if (x == 0 || Double.isInfinite(x) || Double.isInfinite(y)) {
      return x == -1 ? 1 : Math.pow(x, y);
    }
    if (y == 0.5) {
      return Math.sqrt(x);
    }
    if (y == -0.5) {
      return 1 / Math.sqrt(x);
    }
    double whole = Math.floor(Math.abs(y));
    double rest = Math.abs(y) - whole;
    if (rest != 0 && x < 0) {
      return Double.NaN;
    }
    if (whole >= 0x1p63) {
      if (x == -1) {
        return 1;
      }
      return (Math.abs(x) < 1) == (y > 0) ? 0 : Double.POSITIVE_INFINITY;
    }
    double result = 1.0;
    int exponent = 0;
    if (rest != 0) {
      if (rest > 0.5) {
        rest--;
        whole++;
      }
      result = exp(rest * log(x));
    }
    double base = fraction(x);
    int baseExponent = exponent(x);
    for (long i = (long) whole; i != 0; i >>= 1) {
      if (baseExponent < -1 << 12 || 1 << 12 < baseExponent) {
        exponent += baseExponent;
        break;
      }
      if ((i & 1) == 1) {
        result *= base;
        exponent += baseExponent;
      }
      base *= base;
      baseExponent <<= 1;
      if (base < .5) {
        base += base;
        baseExponent--;
      }
    }
    if (y < 0) {
      result = 1 / result;
      exponent = -exponent;
    }
    return loadExponent(result, exponent);
  }

  private static double loadExponent(double value, int exponent) {
    if (value == 0 || Double.isNaN(value) || Double.isInfinite(value)) {
      return value;
    }
    double fraction = fraction(value);
    int sum = exponent + exponent(value) - 1;
    if (sum < -1075) {
      return Math.copySign(0, value);
    }
    if (sum > 1023) {
      return Math.copySign(Double.POSITIVE_INFINITY, value);
    }
    double two = fraction * 2;
    if (sum >= -1022) {
      return two * Double.longBitsToDouble((long) (sum + 1023) << 52);
    }
    return 0x1p-53 * (two * Double.longBitsToDouble((long) (sum + 53 + 1023) << 52));
  }

  /// The part of a finite number other than 0 that is between 1/2 and 1, with its sign.
  private static double fraction(double x) {
    double normal = Math.abs(x) < Double.MIN_NORMAL ? x * 0x1p52 : x;
    long bits = Double.doubleToRawLongBits(normal);
    return Double.longBitsToDouble(bits & ~(0x7ffL << 52) | 0x3feL << 52);
  }

  /// The power of 2 that goes with the fraction.
  private static int exponent(double x) {
    return Math.getExponent(Math.abs(x) < Double.MIN_NORMAL ? x * 0x1p52 : x)
        + 1
        - (Math.abs(x) < Double.MIN_NORMAL ? 52 : 0);
  }

  /// The sine.
  public static double sin(double x) {
    return Trigonometry.sin(x);
  }

  /// The cosine.
  public static double cos(double x) {
    return Trigonometry.cos(x);
  }

  /// The tangent.
  public static double tan(double x) {
    return Trigonometry.tan(x);
  }

  /// The angle whose sine is `x`.
  public static double asin(double x) {
    if (x == 0) {
      return x;
    }
    double size = Math.abs(x);
    if (size > 1 || Double.isNaN(x)) {
      return Double.NaN;
    }
    double root = Math.sqrt(1 - size * size);
    double angle =
        size > 0.7
            ? Math.PI / 2 - Trigonometry.positiveAtan(root / size)
            : Trigonometry.positiveAtan(size / root);
    return x < 0 ? -angle : angle;
  }

  /// The angle whose cosine is `x`.
  public static double acos(double x) {
    return Math.PI / 2 - asin(x);
  }

  /// The angle whose tangent is `x`.
  public static double atan(double x) {
    if (x == 0 || Double.isNaN(x)) {
      return x;
    }
    return x > 0 ? Trigonometry.positiveAtan(x) : -Trigonometry.positiveAtan(-x);
  }

  /// The angle of the point (`x`, `y`).
  public static double atan2(double y, double x) {
    if (Double.isNaN(y) || Double.isNaN(x)) {
      return Double.NaN;
    }
    if (y == 0 || x == 0 || Double.isInfinite(x) || Double.isInfinite(y)) {
      return Math.atan2(y, x);
    }
    double angle = atan(y / x);
    if (x >= 0) {
      return angle;
    }
    return angle <= 0 ? angle + Math.PI : angle - Math.PI;
  }

  /// The hyperbolic sine.
  public static double sinh(double x) {
    double size = Math.abs(x);
    double value;
    if (size > 21) {
      value = exp(size) * 0.5;
    } else if (size > 0.5) {
      double power = exp(size);
      value = (power - 1 / power) * 0.5;
    } else {
      double square = size * size;
      value =
          (((-0.2630563213397497062819489e+2 * square - 0.2894211355989563807284660366e+4) * square
                          - 0.8991272022039509355398013511e+5)
                      * square
                  - 0.6307673640497716991184787251e+6)
              * size;
      value /=
          ((square - 0.173678953558233699533450911e+3) * square + 0.1521517378790019070696485176e+5)
                  * square
              - 0.6307673640497716991212077277e+6;
    }
    return x < 0 ? -value : value;
  }

  /// The hyperbolic cosine.
  public static double cosh(double x) {
    double size = Math.abs(x);
    double power = exp(size);
    return size > 21 ? power * 0.5 : (power + 1 / power) * 0.5;
  }

  /// The hyperbolic tangent.
  public static double tanh(double x) {
    double size = Math.abs(x);
    if (size > 0.5 * 8.8029691931113054295988e+01) {
      return x < 0 ? -1 : 1;
    }
    if (size >= 0.625) {
      double power = exp(2 * size);
      double value = 1 - 2 / (power + 1);
      return x < 0 ? -value : value;
    }
    if (x == 0) {
      return x;
    }
    double s = x * x;
    double p =
        (-9.64399179425052238628e-1 * s - 9.92877231001918586564e1) * s - 1.61468768441708447952e3;
    double q =
        ((s + 1.12811678491632931402e2) * s + 2.23548839060100448583e3) * s
            + 4.84406305325125486048e3;
    return x + x * s * p / q;
  }

  /// The number whose hyperbolic sine is `x`.
  public static double asinh(double x) {
    if (Double.isNaN(x) || Double.isInfinite(x)) {
      return x;
    }
    double size = Math.abs(x);
    double value;
    if (size > 0x1p28) {
      value = log(size) + 6.93147180559945286227e-01;
    } else if (size > 2) {
      value = log(2 * size + 1 / (Math.sqrt(size * size + 1) + size));
    } else if (size < 0x1p-28) {
      value = size;
    } else {
      value = log1p(size + size * size / (1 + Math.sqrt(1 + size * size)));
    }
    return x < 0 ? -value : x == 0 ? x : value;
  }

  /// The positive number whose hyperbolic cosine is `x`.
  public static double acosh(double x) {
    if (x < 1 || Double.isNaN(x)) {
      return Double.NaN;
    }
    if (x == 1) {
      return 0;
    }
    if (x >= 0x1p28) {
      return log(x) + LN2;
    }
    if (x > 2) {
      return log(2 * x - 1 / (x + Math.sqrt(x * x - 1)));
    }
    double t = x - 1;
    return log1p(t + Math.sqrt(2 * t + t * t));
  }

  /// The number whose hyperbolic tangent is `x`.
  public static double atanh(double x) {
    if (x < -1 || x > 1 || Double.isNaN(x)) {
      return Double.NaN;
    }
    if (x == 1 || x == -1) {
      return Math.copySign(Double.POSITIVE_INFINITY, x);
    }
    double size = Math.abs(x);
    double value;
    if (size < 0x1p-28) {
      value = size;
    } else if (size < 0.5) {
      double twice = size + size;
      value = 0.5 * log1p(twice + twice * size / (1 - size));
    } else {
      value = 0.5 * log1p((size + size) / (1 - size));
    }
    return x < 0 ? -value : x == 0 ? x : value;
  }

  /// The larger of two; plus infinity wins over NaN.
  public static double max(double x, double y) {
    if (x == Double.POSITIVE_INFINITY || y == Double.POSITIVE_INFINITY) {
      return Double.POSITIVE_INFINITY;
    }
    return Math.max(x, y);
  }

  /// The smaller of two; minus infinity wins over NaN.
  public static double min(double x, double y) {
    if (x == Double.NEGATIVE_INFINITY || y == Double.NEGATIVE_INFINITY) {
      return Double.NEGATIVE_INFINITY;
    }
    return Math.min(x, y);
  }
}
