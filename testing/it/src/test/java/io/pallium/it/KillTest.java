package io.pallium.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.testkit.crash.CrashChecker;
import io.pallium.testkit.crash.CrashWriter;
import io.pallium.testkit.process.PalliumProcess;
import io.pallium.testkit.process.TestProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Pallium is killed at random under load, again and again; a checker in a third process finds
/// every acknowledged sample once and nothing that was refused.
@Tag("system")
class KillTest {
  private static final int ROUNDS = Boolean.getBoolean("pallium.long") ? 200 : 20;

  @TempDir Path directory;

  @Test
  void everyAcknowledgedSampleIsThereOnceAndNothingThatWasRefused() throws IOException {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    Path journals = Files.createDirectory(directory.resolve("journals"));
    long firstTimeMs = System.currentTimeMillis() - Duration.ofHours(1).toMillis();
    PalliumProcess pallium = PalliumProcess.start(directory.resolve("data"));
    String url = pallium.url();
    try (TestProcess writer =
        java("writer", CrashWriter.class, url + "/api/v1/push", journals, firstTimeMs)) {
      for (int round = 1; round <= ROUNDS; round++) {
        // Journals grow by about 30 bytes a batch; any moment of a batch may be hit.
        long until = bytesOf(journals) + 30 + random.nextInt(20_000);
        Awaitility.await()
            .atMost(Duration.ofSeconds(60))
            .pollInterval(Duration.ofMillis(1 + random.nextInt(20)))
            .failFast("writer ended", () -> !writer.isAlive())
            .until(() -> bytesOf(journals) >= until);
        pallium.process().kill();
        pallium.close();
        pallium = PalliumProcess.startAt(url.substring(7), directory.resolve("data"));
      }
      Files.createFile(journals.resolve("stop"));
      assertThat(writer.await(Duration.ofSeconds(60))).as(writer::output).contains(0);
      check(url, journals, firstTimeMs, "seed " + seed);
    } finally {
      pallium.close();
    }
  }

  private void check(String url, Path journals, long firstTimeMs, String when) {
    try (TestProcess checker =
        java("checker", CrashChecker.class, url + "/api/v1", journals, firstTimeMs)) {
      assertThat(checker.await(Duration.ofMinutes(2)))
          .as(() -> when + ": " + checker.output())
          .contains(0);
      System.out.printf("kill -9, %d rounds: %s", ROUNDS, checker.output());
    }
  }

  private TestProcess java(
      String name, Class<?> main, String url, Path journals, long firstTimeMs) {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            main.getName(),
            url,
            journals.toString(),
            Long.toString(firstTimeMs));
    return TestProcess.start(command, Map.of(), directory, directory.resolve(name + ".log"));
  }

  private static long bytesOf(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.mapToLong(file -> file.toFile().length()).sum();
    }
  }
}
