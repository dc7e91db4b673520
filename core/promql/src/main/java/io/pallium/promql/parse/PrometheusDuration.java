package io.pallium.promql.parse;

import java.time.Duration;

/// Durations as Prometheus writes them in expressions, parameters and scripts: `1h30m`, each unit
/// at most once and the larger before the smaller, down to milliseconds.
public final class PrometheusDuration {
  private static final String[] UNITS = {"y", "w", "d", "h", "m", "s", "ms"};
  private static final long[] UNIT_MS = {
    31_536_000_000L, 604_800_000, 86_400_000, 3_600_000, 60_000, 1000, 1
  };
  private static final long MAX_MS = Long.MAX_VALUE / 1_000_000;

  private PrometheusDuration() {}

  /// Reads a duration without a sign, `0` included; the longest is 292 years.
  ///
  /// @throws IllegalArgumentException with Prometheus's text if it is none or too long
  public static Duration parse(String text) {
    if (text.equals("0")) {
      return Duration.ZERO;
    }
    if (text.isEmpty()) {
      throw new IllegalArgumentException("empty duration string");
    }
    long sumMs = 0;
    int lastUnit = -1;
    int i = 0;
    while (i < text.length()) {
      int numberEnd = skip(text, i, true);
      int unitEnd = skip(text, numberEnd, false);
      String name = text.substring(numberEnd, unitEnd);
      long count = count(text, i, numberEnd);
      int unit = name.isEmpty() ? -1 : unit(text, name);
      if (unit <= lastUnit) {
        throw notADuration(text);
      }
      lastUnit = unit;
      sumMs = add(sumMs, count, UNIT_MS[unit]);
      i = unitEnd;
    }
    return Duration.ofMillis(sumMs);
  }

  private static int skip(String text, int from, boolean isDigits) {
    int i = from;
    while (i < text.length() && isDigits == (text.charAt(i) >= '0' && text.charAt(i) <= '9')) {
      i++;
    }
    return i;
  }

  private static long count(String text, int from, int to) {
    try {
      return Long.parseUnsignedLong(text, from, to, 10);
    } catch (NumberFormatException e) {
      throw notADuration(text);
    }
  }

  private static int unit(String text, String name) {
    for (int i = 0; i < UNITS.length; i++) {
      if (UNITS[i].equals(name)) {
        return i;
      }
    }
    throw new IllegalArgumentException(
        "unknown unit " + GoText.quote(name) + " in duration " + GoText.quote(text));
  }

  private static long add(long sumMs, long count, long unitMs) {
    if (count < 0 || count > (MAX_MS - sumMs) / unitMs) {
      throw new IllegalArgumentException("duration out of range");
    }
    return sumMs + count * unitMs;
  }

  private static IllegalArgumentException notADuration(String text) {
    return new IllegalArgumentException("not a valid duration string: " + GoText.quote(text));
  }

  /// Writes a duration that is not negative; what is under a millisecond is left out.
  static String format(Duration duration) {
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
}
