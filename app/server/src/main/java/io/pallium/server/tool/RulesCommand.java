package io.pallium.server.tool;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// `pallium tool rules`: the group of tools about rules.
@Command(
    name = "rules",
    description = "Tools about rules.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
final class RulesCommand {
  private RulesCommand() {}

  static CommandLine commandLine(PrintStream out, PrintStream err) {
    return new CommandLine(new RulesCommand()).addSubcommand(new TestCommand(out, err));
  }

  /// `pallium tool rules test`.
  @Command(
      name = "test",
      description = {
        "Runs unit-test files of promtool: rules over input series, what expressions give",
        "(promql_expr_test) and which alerts fire (alert_rule_test).",
        "Ends with the line \"N passed, N failed\"."
      },
      mixinStandardHelpOptions = true)
  private static final class TestCommand implements Callable<Integer> {
    private final PrintStream out;
    private final PrintStream err;

    @Parameters(arity = "1..*", paramLabel = "FILE", description = "Unit-test files.")
    private List<Path> files = List.of();

    TestCommand(PrintStream out, PrintStream err) {
      this.out = out;
      this.err = err;
    }

    @Override
    public Integer call() {
      Tally tally = new Tally();
      for (Path file : files) {
        try {
          RuleUnitTests.read(file).run(tally, out);
        } catch (IOException | IllegalArgumentException e) {
          err.println(file + ": " + e.getMessage());
          tally.add(0, 1);
        }
      }
      return tally.end(out);
    }
  }
}
