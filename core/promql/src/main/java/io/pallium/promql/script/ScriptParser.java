package io.pallium.promql.script;

import io.pallium.base.BadRequestException;
import io.pallium.model.Labels;
import io.pallium.promql.script.ScriptCommand.Broken;
import io.pallium.promql.script.ScriptCommand.Clear;
import io.pallium.promql.script.ScriptCommand.Load;
import io.pallium.promql.script.ScriptCommand.LoadedSeries;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Reads scripts. A command that is wrong becomes a [Broken] one, and reading goes on behind the
/// next empty line.
final class ScriptParser {
  private static final Pattern LOAD = Pattern.compile("load(?:_(with_nhcb))?\\s+(.+?)");

  private final List<String> lines = new ArrayList<>();
  private final List<ScriptCommand> commands = new ArrayList<>();
  private int next;

  private ScriptParser(String script) {
    for (String line : script.split("\n", -1)) {
      String trimmed = line.strip();
      lines.add(trimmed.startsWith("#") ? "" : trimmed);
    }
  }

  static List<ScriptCommand> parse(String script) {
    ScriptParser parser = new ScriptParser(script);
    while (parser.next < parser.lines.size()) {
      parser.command();
    }
    return parser.commands;
  }

  private void command() {
    String line = lines.get(next++);
    if (line.isEmpty()) {
      return;
    }
    int number = next;
    String word = line.split("[\t ]+", 2)[0].toLowerCase(Locale.ROOT);
    try {
      if (word.equals("clear")) {
        commands.add(new Clear(number));
      } else if (word.startsWith("load")) {
        commands.add(load(line));
      } else if (word.startsWith("eval")) {
        commands.add(new EvalParser(this::nextOfBlock, line, number).parse());
      } else {
        throw new BadRequestException("invalid command \"" + line + '"');
      }
    } catch (BadRequestException e) {
      commands.add(new Broken(number, line, "line " + next + ": " + e.getMessage()));
      String skipped;
      do {
        skipped = nextOfBlock();
      } while (skipped != null);
    }
  }

  /// The next line of a command; null at its end.
  private @Nullable String nextOfBlock() {
    return next < lines.size() && !lines.get(next).isEmpty() ? lines.get(next++) : null;
  }

  private Load load(String line) {
    int number = next;
    Matcher match = LOAD.matcher(line);
    if (!match.matches()) {
      throw new BadRequestException("invalid load command, must be load[_with_nhcb] <step>");
    }
    long stepMs = Numbers.durationMs(match.group(2));
    Map<Labels, LoadedSeries> series = new LinkedHashMap<>();
    StartTimeNotation starts = null;
    for (String text = nextOfBlock(); text != null; text = nextOfBlock()) {
      if (StartTimeNotation.isOn(text)) {
        requireNone(starts);
        starts = StartTimeNotation.parse(text);
        continue;
      }
      SeriesDescription described = SeriesNotation.parse(text);
      if (starts != null) {
        requireFitting(starts, described);
      }
      series.put(
          described.labels(),
          new LoadedSeries(described.values(), starts == null ? new long[0] : starts.offsetsMs()));
      starts = null;
    }
    requireNone(starts);
    return new Load(number, stepMs, match.group(1) != null, series);
  }

  private static void requireNone(@Nullable StartTimeNotation starts) {
    if (starts != null) {
      throw new BadRequestException(
          "@st line of " + starts.metric() + " has no following sample line");
    }
  }

  private static void requireFitting(StartTimeNotation starts, SeriesDescription described) {
    Labels labels = SeriesNotation.parse(starts.metric()).labels();
    if (!labels.equals(described.labels())) {
      throw new BadRequestException(
          "@st line of " + labels + " stands above the values of " + described.labels());
    }
    if (starts.offsetsMs().length != described.values().size()) {
      throw new BadRequestException(
          "@st line has "
              + starts.offsetsMs().length
              + " values, but the series has "
              + described.values().size());
    }
  }
}
