package io.pallium.promql.exec;

import io.pallium.model.LabelCursor;
import io.pallium.model.Labels;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/// Numbers and labels in messages, written as Prometheus writes them.
final class GoText {
  private GoText() {}

  /// The shortest decimal form that gives the same double: `%g`.
  static String shortest(double value) {
    if (Double.isNaN(value) || Double.isInfinite(value) || value == 0) {
      return special(value);
    }
    return format(new BigDecimal(Double.toString(value)), 6, true);
  }

  /// A number as OpenMetrics writes it: with a point or an exponent if it is finite.
  static String openMetrics(double value) {
    String text = shortest(value == 0 ? 0.0 : value);
    boolean isPlain = Double.isFinite(value) && text.indexOf('.') < 0 && text.indexOf('e') < 0;
    return isPlain ? text + ".0" : text;
  }

  /// A number of significant digits: `%.2g`.
  static String digits(double value, int precision) {
    if (Double.isNaN(value) || Double.isInfinite(value) || value == 0) {
      return special(value);
    }
    var rounded = new BigDecimal(value).round(new MathContext(precision, RoundingMode.HALF_EVEN));
    return format(rounded, precision, false);
  }

  /// The shortest decimal form that gives the same double, without an exponent.
  static String decimal(double value) {
    if (Double.isNaN(value) || Double.isInfinite(value) || value == 0) {
      return special(value);
    }
    return new BigDecimal(Double.toString(value)).stripTrailingZeros().toPlainString();
  }

  /// A number of digits behind the point: `%.6f`.
  static String fixed(double value, int digits) {
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      return special(value);
    }
    String text = new BigDecimal(value).setScale(digits, RoundingMode.HALF_EVEN).toPlainString();
    boolean isNegative = Double.doubleToRawLongBits(value) < 0;
    return isNegative && !text.startsWith("-") ? "-" + text : text;
  }

  /// Labels in braces, names and values quoted where they must be.
  static String labels(Labels labels) {
    StringBuilder text = new StringBuilder("{");
    LabelCursor cursor = labels.cursor();
    while (cursor.next()) {
      if (NameMark.isAt(cursor)) {
        continue;
      }
      if (text.length() > 1) {
        text.append(", ");
      }
      String name = cursor.name();
      text.append(isPlainName(name) ? name : quote(name)).append('=').append(quote(cursor.value()));
    }
    return text.append('}').toString();
  }

  /// A string in double quotes with escapes.
  static String quote(String value) {
    StringBuilder text = new StringBuilder("\"");
    value
        .codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '"' -> text.append("\\\"");
                case '\\' -> text.append("\\\\");
                case '\n' -> text.append("\\n");
                case '\r' -> text.append("\\r");
                case '\t' -> text.append("\\t");
                case 7 -> text.append("\\a");
                case '\b' -> text.append("\\b");
                case '\f' -> text.append("\\f");
                case 11 -> text.append("\\v");
                default -> appendPrintable(text, c);
              }
            });
    return text.append('"').toString();
  }

  private static void appendPrintable(StringBuilder text, int c) {
    boolean isPrintable =
        switch (Character.getType(c)) {
          case Character.CONTROL,
              Character.FORMAT,
              Character.SURROGATE,
              Character.PRIVATE_USE,
              Character.UNASSIGNED,
              Character.LINE_SEPARATOR,
              Character.PARAGRAPH_SEPARATOR ->
              false;
          case Character.SPACE_SEPARATOR -> c == ' ';
          default -> true;
        };
    if (isPrintable) {
      text.appendCodePoint(c);
    } else if (c < 0x80) {
      text.append("\\x").append(hex(c, 2));
    } else if (c < 0x10000) {
      text.append("\\u").append(hex(c, 4));
    } else {
      text.append("\\U").append(hex(c, 8));
    }
  }

  private static String hex(int value, int digits) {
    String text = Integer.toHexString(value);
    return "0".repeat(digits - text.length()) + text;
  }

  private static boolean isPlainName(String name) {
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean isLetter = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_';
      if (!isLetter && (i == 0 || c < '0' || c > '9')) {
        return false;
      }
    }
    return !name.isEmpty();
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
}
