package io.pallium.server.api;

import com.linecorp.armeria.common.QueryParams;
import io.pallium.base.BadRequestException;
import io.pallium.model.LabelMatcher;
import io.pallium.promql.parse.GoFloat;
import io.pallium.promql.parse.GoText;
import io.pallium.promql.parse.PrometheusDuration;
import io.pallium.promql.parse.PromqlParser;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The parameters of a call of the query API, from the URL and a form body, read as Prometheus
/// reads them and with its texts where they are wrong.
final class ApiParameters {
  /// The earliest and latest time that the API knows: far enough from the ends of a long to be safe
  /// in sums.
  static final long MIN_TIME_MS = Long.MIN_VALUE / 4;

  static final long MAX_TIME_MS = Long.MAX_VALUE / 4;

  private static final Pattern RFC_3339 =
      Pattern.compile(
          "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?(?:Z|[+-]\\d\\d:\\d\\d)");
  private static final Pattern INTEGER = Pattern.compile("[+-]?[0-9]+");
  private static final BigInteger MOST_RESULTS = BigInteger.valueOf(Integer.MAX_VALUE - 1);

  private final QueryParams parameters;

  ApiParameters(QueryParams parameters) {
    this.parameters = parameters;
  }

  /// A parameter as text; empty if it is not there.
  String text(String name) {
    String value = parameters.get(name);
    return value == null ? "" : value;
  }

  /// Whether a parameter is there, be it empty.
  boolean has(String name) {
    return parameters.contains(name);
  }

  /// A time in milliseconds, or the default if it is not there.
  long timeMs(String name, long defaultMs) {
    String value = text(name);
    if (value.isEmpty()) {
      return defaultMs;
    }
    Long time = parseTime(value);
    if (time == null) {
      throw invalid(
          name,
          "invalid time value for '"
              + name
              + "': cannot parse "
              + GoText.quote(value)
              + " to a valid timestamp");
    }
    return time;
  }

  /// A time in milliseconds that must be there.
  long requiredTimeMs(String name) {
    String value = text(name);
    Long time = parseTime(value);
    if (time == null) {
      throw invalid(name, "cannot parse " + GoText.quote(value) + " to a valid timestamp");
    }
    return time;
  }

  /// A duration in milliseconds that must be there.
  long requiredDurationMs(String name) {
    return durationMs(name, text(name));
  }

  /// A duration in milliseconds, or null if it is not there.
  @Nullable Long optionalDurationMs(String name) {
    String value = text(name);
    return value.isEmpty() ? null : Long.valueOf(durationMs(name, value));
  }

  /// The most results to return; 0: all.
  int limit() {
    String value = text("limit");
    if (value.isEmpty()) {
      return 0;
    }
    if (!INTEGER.matcher(value).matches()) {
      throw invalid("limit", "strconv.Atoi: parsing " + GoText.quote(value) + ": invalid syntax");
    }
    BigInteger limit = new BigInteger(value);
    if (limit.bitLength() >= Long.SIZE) {
      throw invalid(
          "limit", "strconv.Atoi: parsing " + GoText.quote(value) + ": value out of range");
    }
    if (limit.signum() < 0) {
      throw invalid("limit", "limit must be non-negative");
    }
    return limit.min(MOST_RESULTS).intValue();
  }

  /// A whole number, or the default if it is not there.
  int integer(String name, int defaultValue, String textIfWrong) {
    String value = text(name);
    if (value.isEmpty()) {
      return defaultValue;
    }
    BigInteger number = INTEGER.matcher(value).matches() ? new BigInteger(value) : null;
    if (number == null || number.bitLength() >= Long.SIZE) {
      throw new BadRequestException(textIfWrong);
    }
    return number.min(MOST_RESULTS).max(MOST_RESULTS.negate()).intValue();
  }

  /// The selectors of all `match[]` parameters.
  List<List<LabelMatcher>> matchers() {
    List<List<LabelMatcher>> selectors = new ArrayList<>();
    for (String selector : parameters.getAll("match[]")) {
      selectors.add(PromqlParser.parseMetricSelector(selector));
    }
    for (List<LabelMatcher> matchers : selectors) {
      if (matchers.stream().allMatch(LabelMatcher::matchesEmpty)) {
        throw new BadRequestException("match[] must contain at least one non-empty matcher");
      }
    }
    return selectors;
  }

  /// The failure of a parameter, worded as Prometheus words it.
  static BadRequestException invalid(String name, String reason) {
    return new BadRequestException("invalid parameter " + GoText.quote(name) + ": " + reason);
  }

  private static @Nullable Long parseTime(String value) {
    Double seconds = GoFloat.parse(value);
    if (seconds != null) {
      // Not a number, or out of all bounds: to Prometheus, the earliest time.
      if (!(Math.abs(seconds) <= MAX_TIME_MS / 1000.0)) {
        return MIN_TIME_MS;
      }
      double whole = seconds < 0 ? Math.ceil(seconds) : Math.floor(seconds);
      return ((long) whole) * 1000 + Math.round((seconds - whole) * 1000);
    }
    return switch (value) {
      case "-292273086-05-16T16:47:06Z" -> MIN_TIME_MS;
      case "292277025-08-18T07:12:54.999999999Z" -> MAX_TIME_MS;
      default -> parseRfc3339(value);
    };
  }

  private static @Nullable Long parseRfc3339(String value) {
    if (!RFC_3339.matcher(value).matches()) {
      return null;
    }
    try {
      Instant instant = OffsetDateTime.parse(value).toInstant();
      return instant.toEpochMilli();
    } catch (DateTimeException | ArithmeticException e) {
      return null;
    }
  }

  private static long durationMs(String name, String value) {
    Double seconds = GoFloat.parse(value);
    if (seconds != null) {
      if (Math.abs(seconds) * 1e9 > Long.MAX_VALUE) {
        throw invalid(
            name,
            "cannot parse " + GoText.quote(value) + " to a valid duration. It overflows int64");
      }
      // Not a number is the shortest of all durations.
      return seconds.isNaN() ? Long.MIN_VALUE / 1_000_000 : (long) (seconds * 1e9) / 1_000_000;
    }
    try {
      return PrometheusDuration.parse(value).toMillis();
    } catch (IllegalArgumentException e) {
      throw invalid(name, "cannot parse " + GoText.quote(value) + " to a valid duration");
    }
  }

  /// Milliseconds as a decimal number of seconds, for texts.
  static String seconds(long timestampMs) {
    return BigDecimal.valueOf(timestampMs, 3).stripTrailingZeros().toPlainString();
  }
}
