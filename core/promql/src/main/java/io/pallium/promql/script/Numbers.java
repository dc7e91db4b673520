package io.pallium.promql.script;

import io.pallium.base.BadRequestException;
import io.pallium.promql.parse.PrometheusDuration;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Numbers and durations as scripts write them.
final class Numbers {
  static final double STALE = Double.longBitsToDouble(0x7ff0000000000002L);

  private static final Pattern NUMBER =
      Pattern.compile("[+-]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][+-]?\\d+)?");

  private Numbers() {}

  static boolean isStale(double value) {
    return Double.doubleToRawLongBits(value) == Double.doubleToRawLongBits(STALE);
  }

  /// Whether two values count as equal: their difference is less than a millionth of their sum. NaN
  /// equals NaN, a stale marker only itself.
  static boolean almostEqual(double a, double b) {
    if (isStale(a) || isStale(b)) {
      return isStale(a) && isStale(b);
    }
    if (a == b || (Double.isNaN(a) && Double.isNaN(b))) {
      return true;
    }
    double sum = Math.abs(a) + Math.abs(b);
    double difference = Math.abs(a - b);
    double tolerance = 0.000001;
    if (a == 0 || b == 0 || sum < Double.MIN_NORMAL) {
      return difference < tolerance * Double.MIN_NORMAL;
    }
    return difference / Math.min(sum, Double.MAX_VALUE) < tolerance;
  }

  static String print(double value) {
    if (isStale(value)) {
      return "stale";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "+Inf" : "-Inf";
    }
    boolean isWhole = value == Math.rint(value) && Math.abs(value) < 1e15;
    boolean isNegativeZero = value == 0 && 1 / value < 0;
    return isWhole && !isNegativeZero ? Long.toString((long) value) : Double.toString(value);
  }

  /// A number with or without a sign, `Inf` and `NaN` included; null if it is none.
  static @Nullable Double parse(String text) {
    if (NUMBER.matcher(text).matches()) {
      return Double.valueOf(text);
    }
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "inf", "+inf" -> Double.POSITIVE_INFINITY;
      case "-inf" -> Double.NEGATIVE_INFINITY;
      case "nan", "+nan", "-nan" -> Double.NaN;
      default -> null;
    };
  }

  /// The value that stands alone on a line: a number as above, or an integer in another base.
  static @Nullable Double parseLiteral(String text) {
    try {
      return (double) Long.decode(text);
    } catch (NumberFormatException e) {
      return parse(text);
    }
  }

  /// A duration without a sign, `0` included, in milliseconds.
  ///
  /// @throws BadRequestException if it is none or too long
  static long durationMs(String text) {
    try {
      return PrometheusDuration.parse(text).toMillis();
    } catch (IllegalArgumentException e) {
      throw new BadRequestException(String.valueOf(e.getMessage()), e);
    }
  }
}
