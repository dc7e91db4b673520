package io.pallium.server.tool;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Values in the forms of Go's `fmt`, as far as templates of alerts use them.
final class GoFormat {
  private static final Pattern VERB = Pattern.compile("%([-+ 0]*)(\\d*)(?:\\.(\\d+))?(.)");

  /// From this exponent on the shortest form is written with it.
  private static final int SHORTEST_EXPONENT = 6;

  private GoFormat() {}

  /// `%g`: few digits as a decimal, many with an exponent.
  ///
  /// @param precision the significant digits; -1: as many as the value needs
  static String general(double value, int precision) {
    if (Double.isNaN(value)) {
      return "NaN";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "+Inf" : "-Inf";
    }
    if (value == 0) {
      return 1 / value < 0 ? "-0" : "0";
    }
    BigDecimal digits =
        precision < 0
            ? new BigDecimal(Double.toString(value))
            : new BigDecimal(value).round(new MathContext(precision, RoundingMode.HALF_EVEN));
    digits = digits.stripTrailingZeros();
    int exponent = digits.precision() - digits.scale() - 1;
    int largest = precision < 0 ? SHORTEST_EXPONENT : Math.max(precision, 1);
    if (exponent >= -4 && exponent < largest) {
      return digits.toPlainString();
    }
    String mantissa = digits.movePointLeft(exponent).toPlainString();
    String sign = exponent < 0 ? "-" : "+";
    return mantissa + "e" + sign + (Math.abs(exponent) < 10 ? "0" : "") + Math.abs(exponent);
  }

  /// `printf`; a value that does not fit its verb is shown as Go shows it.
  static String printf(String format, List<@Nullable Object> arguments) {
    StringBuilder out = new StringBuilder();
    Matcher matcher = VERB.matcher(format);
    int next = 0;
    while (matcher.find()) {
      String shown;
      String verb = matcher.group(4);
      if (verb.equals("%")) {
        shown = "%";
      } else if (next >= arguments.size()) {
        shown = "%!" + verb + "(MISSING)";
      } else {
        shown = pad(format(matcher, arguments.get(next++)), matcher);
      }
      matcher.appendReplacement(out, Matcher.quoteReplacement(shown));
    }
    matcher.appendTail(out);
    return out.toString();
  }

  private static String format(Matcher verb, @Nullable Object value) {
    int precision = verb.group(3) == null ? -1 : Integer.parseInt(verb.group(3));
    String kind = verb.group(4);
    String plus = verb.group(1).contains("+") && isPositive(value) ? "+" : "";
    String shown =
        switch (value) {
          case String text -> text(kind, precision, text);
          case Long number when kind.equals("d") -> plus + number;
          case Long number when kind.equals("x") -> Long.toHexString(number);
          case Boolean is when kind.equals("t") -> is.toString();
          case Double number when "fFeg".contains(kind) -> plus + number(kind, precision, number);
          case null, default -> "";
        };
    if (!shown.isEmpty() || value instanceof String && "sq".contains(kind)) {
      return shown;
    }
    String printed = TemplateFunctions.print(value);
    return kind.equals("v") ? printed : "%!" + kind + "(" + type(value) + "=" + printed + ")";
  }

  /// A text, or nothing if the verb is not for texts.
  private static String text(String verb, int precision, String text) {
    return switch (verb) {
      case "s" -> precision < 0 || precision > text.length() ? text : text.substring(0, precision);
      case "q" -> "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
      default -> "";
    };
  }

  private static String number(String verb, int precision, double value) {
    if (verb.equals("g") || !Double.isFinite(value)) {
      return general(value, precision);
    }
    int digits = precision < 0 ? 6 : precision;
    return verb.equals("e")
        ? String.format(Locale.ROOT, "%." + digits + "e", value)
        : new BigDecimal(value).setScale(digits, RoundingMode.HALF_EVEN).toPlainString();
  }

  private static boolean isPositive(@Nullable Object value) {
    return value instanceof Number number && number.doubleValue() >= 0;
  }

  private static String type(@Nullable Object value) {
    return switch (value) {
      case Double _ -> "float64";
      case Long _ -> "int";
      case Boolean _ -> "bool";
      case String _ -> "string";
      case null, default -> "map[string]string";
    };
  }

  private static String pad(String text, Matcher verb) {
    int width = verb.group(2).isEmpty() ? 0 : Integer.parseInt(verb.group(2));
    int missing = width - text.codePointCount(0, text.length());
    if (missing <= 0) {
      return text;
    }
    if (verb.group(1).contains("-")) {
      return text + " ".repeat(missing);
    }
    boolean hasSign = text.startsWith("-") || text.startsWith("+");
    if (verb.group(1).contains("0")) {
      return hasSign
          ? text.charAt(0) + "0".repeat(missing) + text.substring(1)
          : "0".repeat(missing) + text;
    }
    return " ".repeat(missing) + text;
  }
}
