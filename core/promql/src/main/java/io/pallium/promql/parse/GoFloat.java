package io.pallium.promql.parse;

import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Floats in texts as Go reads them.
public final class GoFloat {
  private static final Pattern FINITE =
      Pattern.compile(
          "[+-]?(?:(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:e[+-]?[0-9]+)?"
              + "|0x(?:[0-9a-f]+\\.?[0-9a-f]*|\\.[0-9a-f]+)p[+-]?[0-9]+)");
  private static final Pattern INFINITE = Pattern.compile("[+-]?inf(?:inity)?");

  private GoFloat() {}

  /// The value of a text: decimal, hexadecimal with an exponent, infinite or not a number; null if
  /// it is none of these or too large for a double.
  public static @Nullable Double parse(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    if (lower.equals("nan")) {
      return Double.NaN;
    }
    if (INFINITE.matcher(lower).matches()) {
      return lower.charAt(0) == '-' ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
    }
    String plain = lower.replace("_", "");
    if (!hasGoodUnderscores(lower) || !FINITE.matcher(plain).matches()) {
      return null;
    }
    double value = Double.parseDouble(plain);
    return Double.isInfinite(value) ? null : Double.valueOf(value);
  }

  /// Whether underscores stand only between digits, or behind the mark of a hexadecimal number.
  static boolean hasGoodUnderscores(String text) {
    int start = text.startsWith("+") || text.startsWith("-") ? 1 : 0;
    boolean isHex = text.regionMatches(true, start, "0x", 0, 2);
    for (int i = text.indexOf('_'); i >= 0; i = text.indexOf('_', i + 1)) {
      boolean isBehindMark = isHex && i == start + 2;
      if (!isDigit(text, i + 1, isHex) || !(isBehindMark || isDigit(text, i - 1, isHex))) {
        return false;
      }
    }
    return true;
  }

  private static boolean isDigit(String text, int index, boolean isHex) {
    return index >= 0
        && index < text.length()
        && Character.digit(text.charAt(index), isHex ? 16 : 10) >= 0;
  }
}
