package io.pallium.promql.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The scripts of Prometheus. Those that lie beside the repository are a part of all there are.
class SharedScriptsTest {
  @Test
  void scriptsOfPrometheusPass() throws IOException {
    String shared = System.getProperty("pallium.shared", "");
    assumeTrue(!shared.isEmpty(), "needs ../shared: scripts of Prometheus");
    List<Path> files;
    try (Stream<Path> found = Files.list(Path.of(shared, "promqltest"))) {
      files = found.filter(file -> file.toString().endsWith(".test")).sorted().toList();
    }
    assertThat(files).isNotEmpty();

    int passed = 0;
    int failed = 0;
    for (Path file : files) {
      ScriptReport report =
          ScriptRunner.withEverything().run(file.getFileName().toString(), Files.readString(file));
      passed += report.passed();
      failed += report.failed();
      System.out.printf(
          "%-30s %4d passed, %4d failed%n", report.file(), report.passed(), report.failed());
      for (ScriptFailure failure : report.failures()) {
        System.out.printf("  %s:%d %s%n", failure.file(), failure.line(), failure.command());
        System.out.printf("    expected %s%n    got      %s%n", failure.expected(), failure.got());
      }
    }

    System.out.printf("scripts of Prometheus: %d passed, %d failed%n", passed, failed);
    assertThat(failed).isZero();
    assertThat(passed).isPositive();
  }
}
