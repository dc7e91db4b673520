package io.pallium.server.tool;

import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/// `pallium tool query`: asks a server for the value of an expression at one time.
@Command(
    name = "query",
    description = "Asks a server for the value of an expression at one time.",
    mixinStandardHelpOptions = true)
final class QueryCommand implements Callable<Integer> {
  /// How results are printed.
  enum Format {
    table,
    json
  }

  private final PrintStream out;
  private final PrintStream err;

  @Mixin private ServerOptions server = new ServerOptions();

  @Mixin private ExpressionOptions expression = new ExpressionOptions();

  @Option(names = "--time", defaultValue = "", description = "Seconds or RFC 3339; default: now.")
  private String time = "";

  @Option(
      names = "--format",
      defaultValue = "table",
      description = "${COMPLETION-CANDIDATES}; default: ${DEFAULT-VALUE}.")
  private Format format = Format.table;

  QueryCommand(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  @Override
  public Integer call() {
    return ServerOptions.run(
        "query",
        err,
        () -> {
          List<Map.Entry<String, String>> form = expression.form();
          form.add(Map.entry("time", time));
          JsonNode data = server.ask("query", form, err);
          if (format == Format.json) {
            out.println(data);
          } else {
            new ResultPrinter(out).table(data);
          }
        });
  }
}
