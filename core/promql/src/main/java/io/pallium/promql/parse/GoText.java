package io.pallium.promql.parse;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/// Texts in the forms that Go's formatting gives them, since error messages and printed queries of
/// Prometheus are made of those.
public final class GoText {
  private static final char[] HEX = "0123456789abcdef".toCharArray();

  private GoText() {}

  /// A string in double quotes (`%q`); bytes that are not UTF-8 in hexadecimal.
  public static String quote(String text) {
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

  /// The shortest decimal form that gives the same double, with an exponent if that is under -4 or
  /// over 5 (`%v`).
  public static String shortest(double value) {
    if (isSpecial(value)) {
      return special(value);
    }
    return format(new BigDecimal(Double.toString(value)), 6, true);
  }

  /// A number as OpenMetrics writes it: with a point or an exponent if it is finite.
  public static String openMetrics(double value) {
    String text = shortest(value == 0 ? 0.0 : value);
    boolean isPlain = Double.isFinite(value) && text.indexOf('.') < 0 && text.indexOf('e') < 0;
    return isPlain ? text + ".0" : text;
  }

  /// A number of significant digits (`%.ng`).
  public static String digits(double value, int precision) {
    if (isSpecial(value)) {
      return special(value);
    }
    var rounded = new BigDecimal(value).round(new MathContext(precision, RoundingMode.HALF_EVEN));
    return format(rounded, precision, false);
  }

  /// The shortest decimal form that gives the same double, without an exponent (`%f` with the least
  /// digits).
  public static String decimal(double value) {
    if (isSpecial(value)) {
      return special(value);
    }
    return new BigDecimal(Double.toString(value)).stripTrailingZeros().toPlainString();
  }

  /// A fixed number of digits behind the point (`%.nf`).
  public static String fixed(double value, int digits) {
    if (!Double.isFinite(value)) {
      return special(value);
    }
    String text = new BigDecimal(value).setScale(digits, RoundingMode.HALF_EVEN).toPlainString();
    boolean isLostSign = text.charAt(0) != '-' && Math.copySign(1, value) < 0;
    return isLostSign ? "-" + text : text;
  }

  private static boolean isSpecial(double value) {
    return !Double.isFinite(value) || value == 0;
  }

  private static String special(double value) {
    if (Double.isNaN(value)) {
      return "NaN";
    }
    if (value == 0) {
      return 1 / value < 0 ? "-0" : "0";
    }
    return value > 0 ? "+Inf" : "-Inf";
  }

  private static String format(BigDecimal value, int precision, boolean isShortest) {
    BigDecimal stripped = value.stripTrailingZeros();
    String digits = stripped.unscaledValue().abs().toString();
    int point = digits.length() - stripped.scale();
    int limit = precision;
    if (!isShortest && limit > digits.length() && digits.length() >= point) {
      limit = digits.length();
    }
    int exponent = point - 1;
    if (exponent >= -4 && exponent < limit) {
      return stripped.toPlainString();
    }
    String sign = stripped.signum() < 0 ? "-" : "";
    String fraction = digits.length() > 1 ? "." + digits.substring(1) : "";
    String size = Math.abs(exponent) < 10 ? "0" + Math.abs(exponent) : "" + Math.abs(exponent);
    return sign + digits.charAt(0) + fraction + "e" + (exponent < 0 ? "-" : "+") + size;
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
