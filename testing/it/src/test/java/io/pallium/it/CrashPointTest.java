package io.pallium.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.testkit.process.TestProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A database's process halts at a named point between two operations on its files, goes on in a
/// new process, and halts there again; a checker in a third process finds every acknowledged sample
/// once and nothing that was refused.
@Tag("system")
class CrashPointTest {
  private static final int LIVES = Boolean.getBoolean("pallium.long") ? 20 : 2;

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource
  void everyAcknowledgedSampleIsThereOnceAfterAHalt(CrashPoint point) {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int life = 1; life <= LIVES; life++) {
      String when = point + ", life " + life + ", seed " + seed;
      // A life without a halt cuts seven blocks, the rarest of all these.
      int countdown = 1 + random.nextInt(life == 1 ? 3 : 6);
      try (TestProcess writer = run("write", point.name(), Integer.toString(countdown))) {
        assertThat(writer.await(Duration.ofMinutes(1)))
            .as(() -> when + ": " + writer.output())
            .contains(HaltingFiles.STATUS);
      }
      try (TestProcess checker = run("check")) {
        assertThat(checker.await(Duration.ofMinutes(1)))
            .as(() -> when + ": " + checker.output())
            .contains(0);
      }
    }
  }

  private TestProcess run(String mode, String... more) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                CrashPointDatabase.class.getName(),
                mode,
                directory.resolve("data").toString(),
                directory.resolve("journal").toString()));
    command.addAll(List.of(more));
    return TestProcess.start(command, Map.of(), directory, directory.resolve(mode + ".log"));
  }
}
