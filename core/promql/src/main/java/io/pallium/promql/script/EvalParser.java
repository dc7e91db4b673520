package io.pallium.promql.script;

import com.google.re2j.PatternSyntaxException;
import io.pallium.base.BadRequestException;
import io.pallium.promql.parse.ParserOptions;
import io.pallium.promql.parse.PromqlParser;
import io.pallium.promql.script.Expectation.Expected;
import io.pallium.promql.script.Expectation.RangeTimes;
import io.pallium.promql.script.Expectation.Text;
import io.pallium.promql.script.ScriptCommand.Eval;
import io.pallium.promql.script.ScriptCommand.Question;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Reads one `eval` and the lines of what it expects.
final class EvalParser {
  private static final Pattern INSTANT =
      Pattern.compile("eval(?:_(fail|warn|ordered|info))?\\s+instant\\s+(?:at\\s+(.+?))?\\s+(.+)");
  private static final Pattern RANGE =
      Pattern.compile(
          "eval(?:_(fail|warn|info))?\\s+range\\s+from\\s+(.+)\\s+to\\s+(.+)\\s+step\\s+(.+?)\\s+(.+)");
  private static final Pattern EXPECT =
      Pattern.compile(
          "expect\\s+(ordered|fail|warn|no_warn|info|no_info)(?:\\s+(regex|msg):(.+))?");
  private static final String RANGE_VECTOR = "expect range vector";
  private static final Pattern RANGE_VECTOR_TIMES =
      Pattern.compile(RANGE_VECTOR + "\\s+from\\s+(.+)\\s+to\\s+(.+)\\s+step\\s+(.+)");
  private static final String STRING = "expect string";
  private static final String OLD_MESSAGE = "expected_fail_message";
  private static final String OLD_REGEX = "expected_fail_regexp";

  private final Supplier<@Nullable String> lines;
  private final String command;
  private final int number;
  private final Expectation expected = new Expectation();
  private boolean isOldFailure;
  private boolean hasWarn;
  private boolean hasNoWarn;
  private boolean hasInfo;
  private boolean hasNoInfo;
  private boolean hasFail;

  /// @param lines gives the lines behind the command, and null at its end
  /// @param number of the command's line
  EvalParser(Supplier<@Nullable String> lines, String command, int number) {
    this.lines = lines;
    this.command = command;
    this.number = number;
  }

  Eval parse() {
    Matcher instant = INSTANT.matcher(command);
    Matcher range = RANGE.matcher(command);
    Question question;
    if (instant.matches()) {
      long timeMs = Numbers.durationMs(instant.group(2) == null ? "" : instant.group(2));
      question = new Question(instant.group(3), false, timeMs, timeMs, 0);
      modifier(instant.group(1));
    } else if (range.matches()) {
      RangeTimes times = times(range.group(2), range.group(3), range.group(4));
      question = new Question(range.group(5), true, times.startMs(), times.endMs(), times.stepMs());
      modifier(range.group(1));
    } else {
      throw new BadRequestException(
          "invalid evaluation command, must be eval instant at <time> <query> or eval range from"
              + " <start> to <end> step <step> <query>");
    }
    var _ = PromqlParser.parse(question.query(), ParserOptions.ALL);
    int position = 0;
    for (String line = lines.get(); line != null; line = lines.get()) {
      if (!expectation(line)) {
        Double scalar = Numbers.parseLiteral(line);
        if (scalar != null) {
          expected.expectScalar(scalar);
          break;
        }
        series(line, ++position, question.isRange());
      }
    }
    return new Eval(number, question, expected);
  }

  private void modifier(@Nullable String modifier) {
    switch (modifier) {
      case null -> {}
      case "ordered" -> expected.expectOrder();
      case "warn" -> expected.needWarning();
      case "info" -> expected.needInfo();
      default -> {
        isOldFailure = true;
        expected.expectFailure(Text.ANY);
      }
    }
  }

  /// Takes a line that does not describe a series.
  ///
  /// @return whether it is one
  private boolean expectation(String line) {
    if (isOldFailure && line.startsWith(OLD_MESSAGE)) {
      String message = line.substring(OLD_MESSAGE.length()).strip();
      expected.expectFailure(message.isEmpty() ? Text.ANY : new Text(message, null));
      return true;
    }
    if (isOldFailure && line.startsWith(OLD_REGEX)) {
      expected.expectFailure(new Text(null, regex(line.substring(OLD_REGEX.length()).strip())));
      return true;
    }
    if (line.startsWith(RANGE_VECTOR)) {
      Matcher times = RANGE_VECTOR_TIMES.matcher(line);
      if (!times.matches()) {
        throw new BadRequestException("invalid range vector definition \"" + line + '"');
      }
      expected.expectRange(times(times.group(1), times.group(2), times.group(3)));
      return true;
    }
    if (line.startsWith(STRING)) {
      expected.expectString(string(line.substring(STRING.length())));
      return true;
    }
    if (line.split(" ", 2)[0].equals("expect")) {
      expect(line);
      return true;
    }
    return false;
  }

  private void expect(String line) {
    Matcher match = EXPECT.matcher(line);
    if (!match.matches()) {
      throw new BadRequestException(
          "invalid expect statement, must be expect <type> <match_type>: <string>");
    }
    Text text = Text.ANY;
    if (match.group(2) != null) {
      String wanted = match.group(3).strip();
      text = match.group(2).equals("msg") ? new Text(wanted, null) : new Text(null, regex(wanted));
    }
    switch (match.group(1)) {
      case "ordered" -> expected.expectOrder();
      case "warn" -> {
        hasWarn = true;
        expected.expectWarning(text);
      }
      case "info" -> {
        hasInfo = true;
        expected.expectInfo(text);
      }
      case "no_warn" -> {
        hasNoWarn = true;
        expected.forbidWarnings();
      }
      case "no_info" -> {
        hasNoInfo = true;
        expected.forbidInfos();
      }
      default -> {
        if (hasFail) {
          throw new BadRequestException(
              "invalid expect lines, multiple expect fail lines are not allowed");
        }
        hasFail = true;
        expected.expectFailure(text);
      }
    }
    if ((hasWarn && hasNoWarn) || (hasInfo && hasNoInfo)) {
      throw new BadRequestException(
          "invalid expect lines, "
              + (hasWarn && hasNoWarn ? "warn and no_warn" : "info and no_info")
              + " cannot be used together");
    }
  }

  private void series(String line, int position, boolean isRange) {
    SeriesDescription described = SeriesNotation.parse(line);
    if (described.values().size() > 1 && !isRange && expected.rangeTimes() == null) {
      throw new BadRequestException(
          "several values for an instant query: they need a line \"" + RANGE_VECTOR + '"');
    }
    expected.expect(described.labels(), new Expected(position, described.values()));
  }

  private static RangeTimes times(String from, String to, String step) {
    long startMs = Numbers.durationMs(from);
    long endMs = Numbers.durationMs(to);
    if (endMs < startMs) {
      throw new BadRequestException("the end " + to + " is before the start " + from);
    }
    return new RangeTimes(startMs, endMs, Numbers.durationMs(step));
  }

  private static com.google.re2j.Pattern regex(String text) {
    try {
      return com.google.re2j.Pattern.compile(text);
    } catch (PatternSyntaxException e) {
      throw new BadRequestException("invalid regular expression " + text, e);
    }
  }

  private static String string(String literal) {
    String quoted = literal.startsWith(" ") ? literal.substring(1) : literal;
    boolean isQuoted = quoted.startsWith("\"") || quoted.startsWith("`");
    if (!isQuoted) {
      throw new BadRequestException("a quoted string literal is expected: " + literal);
    }
    return ((io.pallium.promql.ast.StringLiteral) PromqlParser.parse(quoted, ParserOptions.NONE))
        .value();
  }
}
