package io.pallium.promql.parse;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;

/// Texts in the forms that Go's formatting gives them, since error messages and printed queries of
/// Prometheus are made of those.
final class GoText {
  private static final char[] HEX = "0123456789abcdef".toCharArray();
  private static final long[] UNIT_MS = {
    31_536_000_000L, 604_800_000, 86_400_000, 3_600_000, 60_000, 1000, 1
  };
  private static final String[] UNITS = {"y", "w", "d", "h", "m", "s", "ms"};

  private GoText() {}

  /// A string in double quotes (`%q`); bytes that are not UTF-8 in hexadecimal.
  static String quote(String text) {
    StringBuilder out = new StringBuilder(text.length() + 2).append('"');
    text.codePoints().forEach(c -> appendEscaped(out, c, '"'));
    return out.append('"').toString();
  }

  /// A character in single quotes (`%q`); anything that is no character becomes U+FFFD.
  static String quoteRune(int codePoint) {
    int shown = isRune(codePoint) ? codePoint : 0xFFFD;
    StringBuilder out = new StringBuilder().append('\'');
    appendEscaped(out, shown, '\'');
    return out.append('\'').toString();
  }

  /// A character by number and, if it can be printed, in quotes (`%#U`).
  static String unicode(int codePoint) {
    String number = String.format("U+%04X", codePoint);
    return isPrintable(codePoint) ? number + " '" + Character.toString(codePoint) + "'" : number;
  }

  /// The shortest decimal form without an exponent (`%f` with the least digits).
  static String decimal(double value) {
    if (!Double.isFinite(value)) {
      return special(value);
    }
    String text = new BigDecimal(Double.toString(value)).toPlainString();
    if (text.endsWith(".0")) {
      text = text.substring(0, text.length() - 2);
    } else if (text.indexOf('.') >= 0) {
      text = text.replaceAll("\\.?0+$", "");
    }
    return isNegativeZero(value) ? "-" + text : text;
  }

  /// The shortest form, with an exponent if that is under -4 or over 5 (`%v`).
  static String general(double value) {
    if (!Double.isFinite(value)) {
      return special(value);
    }
    if (value == 0) {
      return isNegativeZero(value) ? "-0" : "0";
    }
    BigDecimal exact = new BigDecimal(Double.toString(value)).stripTrailingZeros();
    int exponent = exact.precision() - exact.scale() - 1;
    if (exponent >= -4 && exponent < 6) {
      return decimal(value);
    }
    String digits = exact.unscaledValue().abs().toString();
    String mantissa = digits.length() == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
    String sign = value < 0 ? "-" : "";
    return sign + mantissa + String.format("e%s%02d", exponent < 0 ? "-" : "+", Math.abs(exponent));
  }

  /// A fixed number of digits behind the point (`%.nf`).
  static String fixed(double value, int digits) {
    if (!Double.isFinite(value)) {
      return special(value);
    }
    String text = new BigDecimal(value).setScale(digits, RoundingMode.HALF_EVEN).toPlainString();
    boolean isLostSign = text.charAt(0) != '-' && Math.copySign(1, value) < 0;
    return isLostSign ? "-" + text : text;
  }

  /// A duration that is not negative, in Prometheus's units, what is under a millisecond left out.
  static String duration(Duration duration) {
    long restMs = duration.toMillis();
    if (restMs == 0) {
      return "0s";
    }
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < UNITS.length; i++) {
      // Years and weeks only where nothing is left over, since 90d reads better than 12w6d.
      boolean mustBeExact = i < 2;
      if (restMs >= UNIT_MS[i] && !(mustBeExact && restMs % UNIT_MS[i] != 0)) {
        out.append(restMs / UNIT_MS[i]).append(UNITS[i]);
        restMs %= UNIT_MS[i];
      }
    }
    return out.toString();
  }

  private static String special(double value) {
    if (Double.isNaN(value)) {
      return "NaN";
    }
    return value > 0 ? "+Inf" : "-Inf";
  }

  private static boolean isNegativeZero(double value) {
    return value == 0 && 1 / value < 0;
  }

  private static boolean isRune(int codePoint) {
    return Character.isValidCodePoint(codePoint) && !(codePoint >= 0xD800 && codePoint < 0xE000);
  }

  private static void appendEscaped(StringBuilder out, int c, char quote) {
    if (c == quote || c == '\\') {
      out.append('\\').append((char) c);
    } else if (isRune(c) && isPrintable(c)) {
      out.appendCodePoint(c);
    } else {
      appendUnprintable(out, c);
    }
  }

  private static void appendUnprintable(StringBuilder out, int c) {
    int escape = "\u0007\b\f\n\r\t\u000b".indexOf(c);
    if (escape >= 0) {
      out.append('\\').append("abfnrtv".charAt(escape));
    } else if (c < ' ' || c == 0x7F) {
      out.append("\\x").append(HEX[c >> 4]).append(HEX[c & 15]);
    } else if (EscapedBytes.isByte(c)) {
      int b = EscapedBytes.byteOf(c);
      out.append("\\x").append(HEX[b >> 4]).append(HEX[b & 15]);
    } else if (!isRune(c)) {
      out.append("\\ufffd");
    } else if (c < 0x10000) {
      out.append(String.format("\\u%04x", c));
    } else {
      out.append(String.format("\\U%08x", c));
    }
  }

  private static boolean isPrintable(int c) {
    if (c < 0x7F) {
      return c >= ' ';
    }
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SPACE_SEPARATOR ->
          false;
      default -> true;
    };
  }
}
