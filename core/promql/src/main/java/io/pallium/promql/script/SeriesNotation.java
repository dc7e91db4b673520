package io.pallium.promql.script;

import io.pallium.base.BadRequestException;
import io.pallium.model.Labels;
import io.pallium.model.NativeHistogram;
import io.pallium.promql.parse.PromqlParser;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads the notation of a series. Values are set apart by blanks:
///
/// | written | means |
/// |---|---|
/// | `5`, `-1.5e3`, `NaN`, `stale` | one value |
/// | `_`, `_x3` | no value, once or three times |
/// | `5x3` | 5 and three times more |
/// | `5+2x3`, `5-2x3` | 5, and three times two more (less) than before |
/// | `{{schema:1 ...}}` | a histogram, see [HistogramNotation]; `x`, `+` and `-` as for numbers |
public final class SeriesNotation {
  /// Far more than any script needs, so that a slip of the pen does not fill the memory.
  private static final int MAX_VALUES = 1_000_000;

  private static final String UNSIGNED =
      "(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][+-]?\\d+)?|[iI]nf|[nN]a[nN]";
  private static final Pattern NUMBERS =
      Pattern.compile("(stale|[+-]?(?:" + UNSIGNED + "))(?:([+-](?:" + UNSIGNED + "))?x(\\d+))?");
  private static final Pattern BLANKS = Pattern.compile("_(?:x(\\d+))?");
  private static final Pattern TIMES = Pattern.compile("x(\\d+)");

  private final String text;
  private final List<SequenceValue> values = new ArrayList<>();
  private int position;

  private SeriesNotation(String text, int position) {
    this.text = text;
    this.position = position;
  }

  /// A series and its values.
  ///
  /// @throws BadRequestException if it is not in the notation
  public static SeriesDescription parse(String text) {
    int end = endOfMetric(text);
    Labels labels = PromqlParser.parseMetric(text.substring(0, end));
    return new SeriesDescription(labels, new SeriesNotation(text, end).values());
  }

  /// Where the metric that a line begins with ends.
  static int endOfMetric(String text) {
    int i = 0;
    while (i < text.length() && (Character.isLetterOrDigit(text.charAt(i)) || isMark(text, i))) {
      i++;
    }
    if (i == text.length() || text.charAt(i) != '{') {
      return i;
    }
    char quote = 0;
    for (; i < text.length(); i++) {
      char c = text.charAt(i);
      if (quote == 0 && c == '}') {
        return i + 1;
      }
      if (quote == 0) {
        quote = c == '"' || c == '\'' || c == '`' ? c : 0;
      } else if (c == '\\' && quote != '`') {
        i++;
      } else if (c == quote) {
        quote = 0;
      }
    }
    return text.length();
  }

  private static boolean isMark(String text, int i) {
    return text.charAt(i) == '_' || text.charAt(i) == ':';
  }

  private List<SequenceValue> values() {
    while (true) {
      int before = position;
      while (position < text.length() && isBlank()) {
        position++;
      }
      if (position == text.length()) {
        return values;
      }
      if (before == position) {
        throw unexpected();
      }
      item();
    }
  }

  private boolean isBlank() {
    return text.charAt(position) == ' ' || text.charAt(position) == '\t';
  }

  private void item() {
    if (text.startsWith("{{", position)) {
      histograms();
      return;
    }
    Matcher blanks = BLANKS.matcher(text).region(position, text.length());
    if (blanks.lookingAt()) {
      position = blanks.end();
      add(SequenceValue.OMITTED, blanks.group(1) == null ? 1 : count(blanks.group(1)));
      return;
    }
    Matcher numbers = NUMBERS.matcher(text).region(position, text.length());
    if (!numbers.lookingAt()) {
      throw unexpected();
    }
    position = numbers.end();
    double value = number(numbers.group(1));
    int times = numbers.group(3) == null ? 0 : count(numbers.group(3));
    double step = numbers.group(2) == null ? 0 : number(numbers.group(2));
    for (int i = 0; i <= times; i++) {
      add(SequenceValue.of(value), 1);
      value = numbers.group(2) == null ? value : value + step;
    }
  }

  private void histograms() {
    HistogramNotation first = histogram();
    boolean isHintGiven = first.isHintGiven();
    NativeHistogram histogram = first.histogram();
    char sign = position < text.length() ? text.charAt(position) : ' ';
    if (sign != '+' && sign != '-') {
      int more = sign == 'x' ? times() : 0;
      add(SequenceValue.of(histogram, isHintGiven), more + 1);
      return;
    }
    position++;
    if (!text.startsWith("{{", position)) {
      throw unexpected();
    }
    HistogramNotation step = histogram();
    int times = times();
    for (int i = 0; i <= times; i++) {
      add(SequenceValue.of(histogram, step.isHintGiven()), 1);
      if (i < times) {
        histogram = HistogramSum.of(histogram, step.histogram(), sign == '-');
      }
    }
  }

  private HistogramNotation histogram() {
    int end = text.indexOf("}}", position);
    if (end < 0) {
      throw new BadRequestException("histogram without }}: " + text.substring(position));
    }
    HistogramNotation parsed = HistogramNotation.parse(text.substring(position + 2, end));
    position = end + 2;
    return parsed;
  }

  private int times() {
    Matcher times = TIMES.matcher(text).region(position, text.length());
    if (!times.lookingAt()) {
      throw unexpected();
    }
    position = times.end();
    return count(times.group(1));
  }

  private void add(SequenceValue value, int times) {
    if (values.size() + times > MAX_VALUES) {
      throw new BadRequestException("a series has more than " + MAX_VALUES + " values");
    }
    for (int i = 0; i < times; i++) {
      values.add(value);
    }
  }

  private static int count(String digits) {
    try {
      return Math.min(Integer.parseInt(digits), MAX_VALUES);
    } catch (NumberFormatException e) {
      return MAX_VALUES;
    }
  }

  private static double number(String number) {
    Double value = number.equals("stale") ? Double.valueOf(Numbers.STALE) : Numbers.parse(number);
    if (value == null) {
      throw new BadRequestException("not a number: " + number);
    }
    return value;
  }

  private BadRequestException unexpected() {
    return new BadRequestException(
        "a series value is expected at \"" + text.substring(position) + '"');
  }
}
