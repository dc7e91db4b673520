package io.pallium.stores;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.testkit.process.PalliumProcess;
import io.pallium.testkit.process.TestProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;

/// The `pallium` command on a store, as a user runs it.
///
/// @param work a folder for output and data
/// @param options more options of the Java virtual machine
record StoreTool(Path work, String options) {
  private static final Duration TIMEOUT = Duration.ofMinutes(5);

  StoreTool(Path work) {
    this(work, "");
  }

  /// `pallium tool store check` finds that everything works.
  void assertFine(List<String> flags) {
    Ended check = run(List.of("tool", "store", "check"), flags);

    assertThat(check.output).contains("the store is fine").doesNotContain("FAILED");
    assertThat(check.exitCode).isZero();
  }

  /// `pallium tool store check` finds something that does not work, in these words.
  void assertUnfit(List<String> flags, String words) {
    Ended check = run(List.of("tool", "store", "check"), flags);

    assertThat(check.output).containsPattern("FAILED: .*" + Pattern.quote(words));
    assertThat(check.output).contains("the store cannot be used as it is");
    assertThat(check.exitCode).isEqualTo(1);
  }

  /// Neither `pallium tool store check` nor a server takes the store, and both say why.
  void assertRefused(List<String> flags, String... words) {
    List<String> server = new ArrayList<>(flags);
    server.add("--server.http-listen-address=127.0.0.1:0");
    server.add("--storage.directory=" + work.resolve("data"));
    for (Ended ended :
        List.of(run(List.of("tool", "store", "check"), flags), run(List.of(), server))) {
      assertThat(ended.refusal()).contains(words);
      assertThat(ended.exitCode).isEqualTo(1);
    }
  }

  /// `pallium tool store cp` succeeds.
  void copy(List<String> flags, String from, String to) {
    Ended copied = run(List.of("tool", "store", "cp", from, to), flags);

    assertThat(copied.exitCode).as(copied.output).isZero();
  }

  private record Ended(int exitCode, String output) {
    /// What the command says at its end; threads of a driver may still log something behind it.
    String refusal() {
      return output
          .lines()
          .filter(line -> line.startsWith("pallium: "))
          .reduce((_, line) -> line)
          .orElseThrow(() -> new AssertionError("does not say why: " + output));
    }
  }

  private Ended run(List<String> subcommand, List<String> flags) {
    List<String> command = new ArrayList<>();
    command.add(PalliumProcess.root().resolve("pallium").toString());
    command.addAll(subcommand);
    command.addAll(flags);
    Path log = work.resolve("command-" + UUID.randomUUID() + ".log");
    Map<String, String> environment =
        Map.of("CI", "true", "JDK_JAVA_OPTIONS", ("-Xmx512m " + options).strip());
    try (TestProcess process =
        TestProcess.start(command, environment, PalliumProcess.root(), log)) {
      int exitCode =
          process
              .await(TIMEOUT)
              .orElseThrow(() -> new AssertionError("does not end: " + process.output()));
      return new Ended(exitCode, process.output());
    }
  }
}
