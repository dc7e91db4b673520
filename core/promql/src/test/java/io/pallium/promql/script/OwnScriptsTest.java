package io.pallium.promql.script;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The scripts of this repository: all files under `promql` in the test resources.
class OwnScriptsTest {
  static List<Path> scripts() throws IOException, URISyntaxException {
    URL folder = OwnScriptsTest.class.getResource("/promql");
    assertThat(folder).isNotNull();
    try (Stream<Path> found = Files.walk(Path.of(folder.toURI()))) {
      return found.filter(file -> file.toString().endsWith(".test")).sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("scripts")
  void passes(Path script) throws IOException {
    ScriptReport report =
        ScriptRunner.withEverything()
            .run(script.getFileName().toString(), Files.readString(script));

    assertThat(report.failures()).isEmpty();
    assertThat(report.passed()).isPositive();
  }
}
