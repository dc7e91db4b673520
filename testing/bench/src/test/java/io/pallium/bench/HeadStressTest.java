package io.pallium.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openjdk.jcstress.JCStress;
import org.openjdk.jcstress.Options;

/// Runs the stress tests of the head: a moment each, half a minute each in the long form.
class HeadStressTest {
  private static final boolean IS_LONG = Boolean.getBoolean("pallium.long");

  @Test
  void readersWritersAndReclamationGetAlong(@TempDir Path results) throws Exception {
    Options options =
        new Options(
            new String[] {
              "-t", "io.pallium.tsdb.head",
              "-r", results.toString(),
              "-f", "1",
              "-iters", IS_LONG ? "10" : "1",
              "-time", IS_LONG ? "3000" : "1000",
              "-strideSize", "16",
              "-strideCount", "8",
              "-sc", "false",
              "-jvmArgs", "-Xmx1g -ea"
            });
    options.parse();
    // Fails if one of them does.
    new JCStress(options).run();

    // A machine with one processor has no room for any.
    try (Stream<Path> reports = Files.list(results)) {
      assertThat(reports.map(report -> report.getFileName().toString()))
          .filteredOn(name -> name.contains("Stress"))
          .hasSize(3);
    }
  }
}
