package io.pallium.promql.script;

import io.pallium.base.BadRequestException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads the line that gives start timestamps to the series of the line below it: `metric{...}@st
/// -30s -1m-1mx2 _x3`. Each value is a duration, with or without a sign, relative to the sample's
/// own time; repetition and steps are those of [SeriesNotation].
///
/// @param metric the series as written
/// @param offsetsMs relative start timestamps in milliseconds; [#NONE] where none is given
record StartTimeNotation(String metric, long[] offsetsMs) {
  /// The place has no start timestamp.
  static final long NONE = Long.MIN_VALUE;

  private static final int MAX_VALUES = 1_000_000;
  private static final String DURATION = "[0-9]+(?:[a-zA-Z&&[^x]]+)?";
  private static final Pattern ITEM =
      Pattern.compile(
          "([+-]?)(" + DURATION + ")(?:(?:([+-])([+-]?)(" + DURATION + "))?x([0-9]+))?");
  private static final Pattern BLANKS = Pattern.compile("_(?:x([0-9]+))?");

  /// Whether a line is one of this kind.
  static boolean isOn(String line) {
    String first = line.split("[ \t]", 2)[0];
    return first.endsWith("@st") && first.length() < line.length();
  }

  static StartTimeNotation parse(String line) {
    String[] parts = line.split("[ \t]+", 2);
    List<Long> offsets = new ArrayList<>();
    for (String item : parts[1].strip().split("\\s+", -1)) {
      add(offsets, item);
      if (offsets.size() > MAX_VALUES) {
        throw new BadRequestException("a series has more than " + MAX_VALUES + " values");
      }
    }
    return new StartTimeNotation(
        parts[0].substring(0, parts[0].length() - 3),
        offsets.stream().mapToLong(Long::longValue).toArray());
  }

  private static void add(List<Long> offsets, String item) {
    Matcher blanks = BLANKS.matcher(item);
    if (blanks.matches()) {
      int times = blanks.group(1) == null ? 1 : count(blanks.group(1));
      for (int i = 0; i < times; i++) {
        offsets.add(NONE);
      }
      return;
    }
    Matcher match = ITEM.matcher(item);
    if (!match.matches()) {
      throw new BadRequestException("invalid start timestamp: " + item);
    }
    long offset = signed(match.group(1), match.group(2));
    long step = 0;
    if (match.group(5) != null) {
      step = signed(match.group(4), match.group(5));
      step = match.group(3).equals("-") ? -step : step;
    }
    int times = match.group(6) == null ? 0 : count(match.group(6));
    for (int i = 0; i <= times; i++) {
      offsets.add(offset + i * step);
    }
  }

  private static long signed(String sign, String duration) {
    long millis = Numbers.durationMs(duration);
    return sign.equals("-") ? -millis : millis;
  }

  private static int count(String digits) {
    try {
      return Math.min(Integer.parseInt(digits), MAX_VALUES);
    } catch (NumberFormatException e) {
      return MAX_VALUES;
    }
  }
}
