package io.pallium.promql.parse;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;

/// The values of literals as Go reads them. Every method takes what the lexer let through.
final class Literals {
  private Literals() {}

  /// A number in decimal, octal with a leading zero, or hexadecimal.
  ///
  /// @throws InvalidLiteralException if it is none or has no value
  static double number(String text) throws InvalidLiteralException {
    if (!GoFloat.hasGoodUnderscores(text)) {
      throw invalidNumber(text, "invalid syntax");
    }
    String plain = text.replace("_", "").toLowerCase(Locale.ROOT);
    boolean isHex = plain.startsWith("0x");
    boolean isOctal = !isHex && plain.length() > 1 && plain.charAt(0) == '0';
    try {
      return Long.parseLong(isHex ? plain.substring(2) : plain, isHex ? 16 : isOctal ? 8 : 10);
    } catch (NumberFormatException e) {
      // No integer, or over 64 bits.
    }
    return switch (plain) {
      case "inf" -> Double.POSITIVE_INFINITY;
      case "nan" -> Double.NaN;
      default -> decimal(text, plain);
    };
  }

  private static double decimal(String text, String plain) throws InvalidLiteralException {
    double value;
    try {
      value = Double.parseDouble(plain);
    } catch (NumberFormatException e) {
      throw invalidNumber(text, "invalid syntax");
    }
    if (Double.isInfinite(value)) {
      throw invalidNumber(text, "value out of range");
    }
    return value;
  }

  private static InvalidLiteralException invalidNumber(String text, String reason) {
    return new InvalidLiteralException(
        "error parsing number: strconv.ParseFloat: parsing " + GoText.quote(text) + ": " + reason);
  }

  /// A duration in seconds.
  ///
  /// @throws InvalidLiteralException if the units are unknown or out of order, or it is too long
  static double durationSeconds(String text) throws InvalidLiteralException {
    try {
      Duration duration = PrometheusDuration.parse(text);
      return duration.getSeconds() + duration.getNano() / 1e9;
    } catch (IllegalArgumentException e) {
      throw new InvalidLiteralException(String.valueOf(e.getMessage()));
    }
  }

  /// What a string literal in quotes or back quotes stands for; bytes that are not UTF-8 as
  /// [EscapedBytes].
  static String unquote(String literal) {
    byte[] in = literal.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream out = new ByteArrayOutputStream(in.length);
    boolean isRaw = in[0] == '`';
    int end = in.length - 1;
    int i = 1;
    while (i < end) {
      if (in[i] == '\\' && !isRaw) {
        i = unescape(literal, in, i + 1, out);
      } else {
        out.write(in[i++]);
      }
    }
    return EscapedBytes.decode(out.toByteArray());
  }

  /// Writes what the escape at `i`, behind the backslash, stands for; gives the offset behind it.
  private static int unescape(String literal, byte[] in, int i, ByteArrayOutputStream out) {
    int escape = "abfnrtv".indexOf(in[i]);
    if (escape >= 0) {
      out.write("\u0007\b\f\n\r\t\u000b".charAt(escape));
      return i + 1;
    }
    int from = i + 1;
    return switch (in[i]) {
      case 'x' -> code(in, from, 2, 16, false, out);
      case 'u' -> code(in, from, 4, 16, true, out);
      case 'U' -> code(in, from, 8, 16, true, out);
      case '0', '1', '2', '3', '4', '5', '6', '7' -> code(in, i, 3, 8, false, out);
      case '\\', '"', '\'' -> {
        out.write(in[i]);
        yield from;
      }
      default -> throw new AssertionError("BUG: the lexer let an escape through: " + literal);
    };
  }

  private static int code(
      byte[] in, int from, int digits, int base, boolean isRune, ByteArrayOutputStream out) {
    int code = 0;
    for (int i = from; i < from + digits; i++) {
      code = code * base + Character.digit(in[i], base);
    }
    if (isRune) {
      out.writeBytes(Character.toString(code).getBytes(StandardCharsets.UTF_8));
    } else {
      out.write(code);
    }
    return from + digits;
  }

  /// A literal that the lexer lets through but that has no value.
  static final class InvalidLiteralException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String reason;

    InvalidLiteralException(String reason) {
      super(reason);
      this.reason = reason;
    }

    /// Why it has no value.
    String reason() {
      return reason;
    }
  }
}
