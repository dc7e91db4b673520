package io.pallium.server.tool;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `pallium tool series`: asks a server for the series that selectors match.
@Command(
    name = "series",
    description = "Asks a server for the series that selectors match.",
    mixinStandardHelpOptions = true)
final class SeriesCommand implements Callable<Integer> {
  private final PrintStream out;
  private final PrintStream err;

  @Mixin private ServerOptions server = new ServerOptions();

  @Parameters(arity = "1..*", paramLabel = "SELECTOR", description = "Such as up{job=\"a\"}.")
  private List<String> selectors = List.of();

  @Option(names = "--start", defaultValue = "", description = "Seconds or RFC 3339.")
  private String start = "";

  @Option(names = "--end", defaultValue = "", description = "Seconds or RFC 3339.")
  private String end = "";

  @Option(names = "--format", defaultValue = "table", description = "table or json.")
  private QueryCommand.Format format = QueryCommand.Format.table;

  SeriesCommand(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  @Override
  public Integer call() {
    return ServerOptions.run(
        "series",
        err,
        () -> {
          var data = server.ask("series", form(selectors, start, end), err);
          if (format == QueryCommand.Format.json) {
            out.println(data);
          } else {
            data.forEach(series -> out.println(ResultPrinter.metric(series)));
          }
        });
  }

  /// The parameters of calls about series; times only where they are given.
  static List<Map.Entry<String, String>> form(List<String> matches, String start, String end) {
    List<Map.Entry<String, String>> form = new ArrayList<>();
    matches.forEach(match -> form.add(Map.entry("match[]", match)));
    if (!start.isEmpty()) {
      form.add(Map.entry("start", start));
    }
    if (!end.isEmpty()) {
      form.add(Map.entry("end", end));
    }
    return form;
  }
}
