package io.pallium.server.tool;

import io.pallium.promql.script.ScriptFailure;
import io.pallium.promql.script.ScriptReport;
import io.pallium.promql.script.ScriptRunner;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `pallium tool promqltest`: runs test scripts of PromQL.
@Command(
    name = "promqltest",
    description = {
      "Runs PromQL test scripts with everything experimental switched on, and ends with the line",
      "\"N passed, N failed\": evaluations that gave what the script expects, and others."
    },
    mixinStandardHelpOptions = true)
final class PromqltestCommand implements Callable<Integer> {
  private final PrintStream out;
  private final PrintStream err;

  @Parameters(
      arity = "1..*",
      paramLabel = "PATH",
      description = "Scripts, or folders whose *.test files are run.")
  private List<Path> paths = List.of();

  @Option(names = "--summary", description = "Print the counts of each file, not the failures.")
  private boolean isSummary;

  PromqltestCommand(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  @Override
  public Integer call() throws IOException {
    Tally tally = new Tally();
    for (Path path : paths) {
      if (!Files.exists(path)) {
        err.println("pallium tool promqltest: no such file or folder: " + path);
        return 2;
      }
      for (Path file : scripts(path)) {
        ScriptReport report =
            ScriptRunner.withEverything().run(file.toString(), Files.readString(file));
        print(report);
        tally.add(report.passed(), report.failed());
      }
    }
    return tally.end(out);
  }

  private static List<Path> scripts(Path path) throws IOException {
    if (!Files.isDirectory(path)) {
      return List.of(path);
    }
    try (Stream<Path> found = Files.walk(path)) {
      return new ArrayList<>(
          found.filter(file -> file.toString().endsWith(".test")).sorted().toList());
    }
  }

  private void print(ScriptReport report) {
    if (isSummary) {
      out.println(
          report.file() + ": " + report.passed() + " passed, " + report.failed() + " failed");
      return;
    }
    for (ScriptFailure failure : report.failures()) {
      out.println(failure.file() + ":" + failure.line() + ": " + failure.command());
      out.println("  expected  " + failure.expected());
      out.println("  got       " + failure.got());
    }
  }
}
