package io.pallium.server.tool;

import java.io.PrintStream;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/// `pallium tool query-range`: asks a server for the values of an expression over a time range.
@Command(
    name = "query-range",
    description = "Asks a server for the values of an expression over a time range.",
    mixinStandardHelpOptions = true)
final class QueryRangeCommand implements Callable<Integer> {
  private static final double DEFAULT_RANGE_SECONDS = 3600;
  private static final double DEFAULT_STEPS = 240;
  private static final int WIDTH = 100;
  private static final int HEIGHT = 20;

  /// How results are printed.
  enum Format {
    graph,
    table,
    json
  }

  private final PrintStream out;
  private final PrintStream err;

  @Mixin private ServerOptions server = new ServerOptions();

  @Mixin private ExpressionOptions expression = new ExpressionOptions();

  @Option(
      names = "--start",
      defaultValue = "",
      description = "Seconds or RFC 3339; default: an hour before the end.")
  private String start = "";

  @Option(names = "--end", defaultValue = "", description = "Seconds or RFC 3339; default: now.")
  private String end = "";

  @Option(
      names = "--step",
      defaultValue = "0",
      description = "In seconds; default: a 240th of the range, one second at the least.")
  private double step;

  @Option(
      names = "--format",
      defaultValue = "graph",
      description = "${COMPLETION-CANDIDATES}; default: ${DEFAULT-VALUE}.")
  private Format format = Format.graph;

  QueryRangeCommand(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  @Override
  public Integer call() {
    return ServerOptions.run(
        "query-range",
        err,
        () -> {
          double to = end.isEmpty() ? Instant.now().toEpochMilli() / 1000.0 : seconds(end);
          double from = start.isEmpty() ? to - DEFAULT_RANGE_SECONDS : seconds(start);
          double every = step > 0 ? step : Math.max(1, Math.rint((to - from) / DEFAULT_STEPS));
          List<Map.Entry<String, String>> form = expression.form();
          form.add(Map.entry("start", Double.toString(from)));
          form.add(Map.entry("end", Double.toString(to)));
          form.add(Map.entry("step", Double.toString(every)));
          JsonNode data = server.ask("query_range", form, err);
          switch (format) {
            case json -> out.println(data);
            case table -> new ResultPrinter(out).table(data);
            case graph -> graph(data.path("result"), from, to, every);
          }
        });
  }

  private static double seconds(String time) {
    try {
      return Double.parseDouble(time);
    } catch (NumberFormatException e) {
      // Not a number of seconds.
    }
    try {
      return OffsetDateTime.parse(time).toInstant().toEpochMilli() / 1000.0;
    } catch (DateTimeException e) {
      throw new IllegalArgumentException("not a time in seconds or RFC 3339: \"" + time + '"', e);
    }
  }

  private void graph(JsonNode result, double from, double to, double every) {
    int steps = (int) Math.floor((to - from) / every + 1e-9) + 1;
    List<TerminalGraph.Line> lines = new ArrayList<>();
    for (JsonNode series : result) {
      double[] values = new double[steps];
      Arrays.fill(values, Double.NaN);
      for (JsonNode point : series.path("values")) {
        int index = (int) Math.round((point.path(0).asDouble() - from) / every);
        if (index >= 0 && index < steps) {
          values[index] = number(point.path(1).asString(""));
        }
      }
      lines.add(new TerminalGraph.Line(ResultPrinter.metric(series.path("metric")), values));
    }
    new TerminalGraph(Math.min(WIDTH, Math.max(1, steps)), HEIGHT)
        .draw(lines)
        .forEach(out::println);
    out.printf(
        "%s to %s, a step is %s s%n",
        Instant.ofEpochMilli(Math.round(from * 1000)),
        Instant.ofEpochMilli(Math.round(to * 1000)),
        every);
  }

  private static double number(String text) {
    return switch (text) {
      case "+Inf" -> Double.POSITIVE_INFINITY;
      case "-Inf" -> Double.NEGATIVE_INFINITY;
      default -> Double.parseDouble(text);
    };
  }
}
