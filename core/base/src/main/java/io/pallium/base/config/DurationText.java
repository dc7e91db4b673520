package io.pallium.base.config;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Durations as Prometheus and Go write them: `15s`, `1h30m`, `2d`, `1.5h`, `250ms`.
///
/// Units from largest to smallest are y (365 d), w, d (24 h), h, m, s, ms, us, ns; each may stand
/// once, in this order. `0` needs no unit. The range is that of Go: about 292 years either way.
public final class DurationText {
  private static final String[] UNITS = {"y", "w", "d", "h", "m", "s", "ms", "us", "ns"};
  private static final long[] UNIT_NANOS = {
    31_536_000_000_000_000L,
    604_800_000_000_000L,
    86_400_000_000_000L,
    3_600_000_000_000L,
    60_000_000_000L,
    1_000_000_000L,
    1_000_000L,
    1_000L,
    1L
  };

  /// Index into `UNITS` of the largest unit that `format` writes: days, as weeks and years hide how
  /// long something is.
  private static final int LARGEST_WRITTEN_UNIT = 2;

  private static final Pattern PART =
      Pattern.compile("(\\d{1,20}(?:\\.\\d{1,20})?)(y|w|d|h|ms|us|µs|μs|ns|m|s)");
  private static final Pattern NUMBER = Pattern.compile("[+-]?\\d+(\\.\\d+)?");
  private static final BigDecimal MAX_NANOS = BigDecimal.valueOf(Long.MAX_VALUE);

  private DurationText() {}

  /// Reads a duration.
  ///
  /// @throws IllegalArgumentException if the text is none, with the value and what would be right
  public static Duration parse(String text) {
    if (text.equals("0")) {
      return Duration.ZERO;
    }
    if (NUMBER.matcher(text).matches()) {
      throw new IllegalArgumentException(
          Quoted.value(text)
              + " has no unit, write "
              + shortNumber(text)
              + "s for seconds or "
              + shortNumber(text)
              + "ms for milliseconds");
    }
    boolean isNegative = text.startsWith("-");
    BigDecimal nanos = parseParts(text, isNegative ? 1 : 0);
    if (nanos.compareTo(MAX_NANOS) > 0) {
      throw new IllegalArgumentException(
          Quoted.value(text) + " is longer than the longest duration, 292y");
    }
    if (nanos.stripTrailingZeros().scale() > 0) {
      throw new IllegalArgumentException(
          Quoted.value(text) + " is finer than the shortest duration, 1ns");
    }
    return Duration.ofNanos(isNegative ? -nanos.longValueExact() : nanos.longValueExact());
  }

  private static BigDecimal parseParts(String text, int start) {
    Matcher part = PART.matcher(text);
    BigDecimal nanos = BigDecimal.ZERO;
    int position = start;
    int previousUnit = -1;
    while (position < text.length() && part.region(position, text.length()).lookingAt()) {
      int unit = unitIndex(part.group(2));
      if (unit <= previousUnit) {
        throw new IllegalArgumentException(
            Quoted.value(text) + " must have each unit once, the larger before the smaller");
      }
      nanos =
          nanos.add(new BigDecimal(part.group(1)).multiply(BigDecimal.valueOf(UNIT_NANOS[unit])));
      previousUnit = unit;
      position = part.end();
    }
    if (position < text.length() || previousUnit < 0) {
      throw new IllegalArgumentException(
          Quoted.value(text) + " is not a duration, write it like 15s, 1h30m or 2d");
    }
    return nanos;
  }

  private static int unitIndex(String unit) {
    String ascii = unit.replace('µ', 'u').replace('μ', 'u');
    for (int i = 0; i < UNITS.length; i++) {
      if (UNITS[i].equals(ascii)) {
        return i;
      }
    }
    throw new AssertionError("BUG: pattern and units differ on " + unit);
  }

  private static String shortNumber(String text) {
    return text.length() > 20 ? "N" : text;
  }

  /// The shortest text of whole units, from days down, that `parse` reads back as the same
  /// duration; `0s` for zero.
  ///
  /// @throws ArithmeticException if the duration is longer than 292 years
  public static String format(Duration duration) {
    long rest = duration.toNanos();
    if (rest == 0) {
      return "0s";
    }
    StringBuilder out = new StringBuilder();
    if (rest < 0) {
      out.append('-');
      rest = Math.negateExact(rest);
    }
    for (int i = LARGEST_WRITTEN_UNIT; i < UNITS.length; i++) {
      long count = rest / UNIT_NANOS[i];
      if (count > 0) {
        out.append(count).append(UNITS[i]);
        rest %= UNIT_NANOS[i];
      }
    }
    return out.toString();
  }
}
