package io.pallium.base.config;

import java.math.BigDecimal;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/// How one Java type is written as a single value. The schema alone decides the type: `yes` is a
/// text, `012` is refused as a number, and nothing is guessed from the look of a value.
///
/// @param name what a value is, for people
/// @param parser text to value; throws `IllegalArgumentException` with the quoted value and what
///   would be right
/// @param formatter value to text that `parser` reads back
record ScalarType(
    String name, Function<String, Object> parser, Function<Object, String> formatter) {
  private static final int MAX_NUMBER_CHARS = 40;
  private static final Pattern INTEGER =
      Pattern.compile("[+-]?(0|[1-9][0-9]*(_[0-9]+)*)(\\.[0-9]+)?([eE][+]?[0-9]{1,3})?");
  private static final Pattern DECIMAL =
      Pattern.compile("[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]{1,4})?");

  private static final Map<Class<?>, ScalarType> FIXED =
      Map.of(
          String.class, new ScalarType("text", text -> text, Object::toString),
          boolean.class, new ScalarType("boolean", ScalarType::parseBoolean, Object::toString),
          int.class, new ScalarType("integer", ScalarType::parseInt, Object::toString),
          long.class, new ScalarType("integer", ScalarType::parseLong, Object::toString),
          double.class, new ScalarType("number", ScalarType::parseDouble, ScalarType::formatDouble),
          Duration.class,
              new ScalarType(
                  "duration",
                  DurationText::parse,
                  duration -> DurationText.format((Duration) duration)),
          DataSize.class, new ScalarType("size", DataSize::parse, Object::toString),
          Path.class, new ScalarType("path", ScalarType::parsePath, Object::toString),
          URI.class, new ScalarType("URL", ScalarType::parseUri, Object::toString),
          HostAndPort.class, new ScalarType("host:port", HostAndPort::parse, Object::toString));

  /// The scalar type of a Java type; empty if its values are not single ones.
  static Optional<ScalarType> of(Class<?> type) {
    if (type.isEnum()) {
      return Optional.of(ofEnum(type));
    }
    return Optional.ofNullable(FIXED.get(type));
  }

  private static ScalarType ofEnum(Class<?> type) {
    Map<String, Object> byName = new LinkedHashMap<>();
    for (Object constant : type.getEnumConstants()) {
      byName.put(enumName(constant), constant);
    }
    List<String> names = new ArrayList<>(byName.keySet());
    Function<String, Object> parser =
        text -> {
          Object constant = byName.get(text.replace('_', '-'));
          if (constant == null) {
            throw new IllegalArgumentException(
                Quoted.value(text) + " is not one of " + String.join(", ", names));
          }
          return constant;
        };
    return new ScalarType("one of " + String.join(", ", names), parser, ScalarType::enumName);
  }

  private static String enumName(Object constant) {
    return ((Enum<?>) constant).name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static Object parseBoolean(String text) {
    return switch (text) {
      case "true" -> true;
      case "false" -> false;
      default ->
          throw new IllegalArgumentException(
              Quoted.value(text) + " is not a boolean, write true or false");
    };
  }

  private static Object parseInt(String text) {
    long value = parseLong(text);
    if (value != (int) value) {
      throw outOfRange(text, Integer.MIN_VALUE, Integer.MAX_VALUE);
    }
    return (int) value;
  }

  private static long parseLong(String text) {
    if (text.length() > MAX_NUMBER_CHARS || !INTEGER.matcher(text).matches()) {
      throw new IllegalArgumentException(
          Quoted.value(text) + " is not an integer, write it in decimal digits");
    }
    BigDecimal value = new BigDecimal(text.replace("_", ""));
    if (value.stripTrailingZeros().scale() > 0) {
      throw new IllegalArgumentException(Quoted.value(text) + " is not a whole number");
    }
    try {
      return value.longValueExact();
    } catch (ArithmeticException _) {
      throw outOfRange(text, Long.MIN_VALUE, Long.MAX_VALUE);
    }
  }

  private static IllegalArgumentException outOfRange(String text, long min, long max) {
    return new IllegalArgumentException(
        Quoted.value(text) + " is out of range, must be in " + min + ".." + max);
  }

  private static Object parseDouble(String text) {
    switch (text) {
      case "inf", "+inf", ".inf", "+.inf":
        return Double.POSITIVE_INFINITY;
      case "-inf", "-.inf":
        return Double.NEGATIVE_INFINITY;
      default:
        break;
    }
    if (text.length() > MAX_NUMBER_CHARS || !DECIMAL.matcher(text).matches()) {
      throw new IllegalArgumentException(
          Quoted.value(text) + " is not a number, write it like 10, 0.5 or 1e6");
    }
    return Double.parseDouble(text);
  }

  private static String formatDouble(Object value) {
    double number = (Double) value;
    if (Double.isInfinite(number)) {
      return number > 0 ? ".inf" : "-.inf";
    }
    boolean isWhole = number == Math.rint(number) && Math.abs(number) < 1e15;
    boolean isNegativeZero = Double.doubleToRawLongBits(number) == Long.MIN_VALUE;
    return isWhole && !isNegativeZero ? Long.toString((long) number) : Double.toString(number);
  }

  private static Object parsePath(String text) {
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException(
          Quoted.value(text) + " is not a path: " + e.getReason(), e);
    }
  }

  private static Object parseUri(String text) {
    try {
      return new URI(text);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException(Quoted.value(text) + " is not a URL: " + e.getReason(), e);
    }
  }
}
