package io.pallium.server.tool;

import io.pallium.model.Utf8;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// `pallium tool labels`: asks a server for the names of labels, or for the values of one.
@Command(
    name = "labels",
    description = "Asks a server for the names of labels, or for the values of one.",
    mixinStandardHelpOptions = true)
final class LabelsCommand implements Callable<Integer> {
  private final PrintStream out;
  private final PrintStream err;

  @Mixin private ServerOptions server = new ServerOptions();

  @Parameters(
      arity = "0..1",
      paramLabel = "NAME",
      defaultValue = "",
      description = "The label whose values are wanted; without it, all names.")
  private String name = "";

  @Option(names = "--match", description = "Only of series that this selects; may be repeated.")
  private List<String> matches = new ArrayList<>();

  @Option(names = "--start", defaultValue = "", description = "Seconds or RFC 3339.")
  private String start = "";

  @Option(names = "--end", defaultValue = "", description = "Seconds or RFC 3339.")
  private String end = "";

  LabelsCommand(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  @Override
  public Integer call() {
    return ServerOptions.run(
        "labels",
        err,
        () -> {
          if (name.isEmpty()) {
            JsonNode names = server.ask("labels", SeriesCommand.form(matches, start, end), err);
            names.forEach(label -> out.println(label.asString()));
            return;
          }
          // The values come from the series, since the path of an API call cannot hold every name.
          List<String> all = matches.isEmpty() ? List.of("{\"" + quoted() + "\"!=\"\"}") : matches;
          List<Map.Entry<String, String>> form = SeriesCommand.form(all, start, end);
          TreeSet<String> values = new TreeSet<>(Utf8::compare);
          for (JsonNode series : server.ask("series", form, err)) {
            if (series.has(name)) {
              values.add(series.path(name).asString());
            }
          }
          values.forEach(out::println);
        });
  }

  private String quoted() {
    return name.replace("\\", "\\\\").replace("\"", "\\\"");
  }
}
