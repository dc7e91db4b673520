package io.pallium.tsdb.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SimulatedFilesTest extends DurableFilesContract {
  private static final Path DIRECTORY = Path.of("x", "y");

  private SimulatedFiles files = new SimulatedFiles(1).withShortWrites();

  @Override
  DurableFiles files() {
    return files;
  }

  @Override
  Path directory() {
    return DIRECTORY;
  }

  @Test
  void keepsWhatWasForcedUnderANameThatWasForced() throws IOException {
    for (int seed = 0; seed < 50; seed++) {
      files = new SimulatedFiles(seed);
      Path path = create("a", "forced");
      files.forceDirectory(DIRECTORY);

      assertThat(read(files.restart(), path)).isEqualTo("forced");
    }
  }

  @Test
  void losesKeepsOrTearsWhatWasNotForced() throws IOException {
    Set<String> outcomes = new HashSet<>();
    String old = "a".repeat(700);
    String more = "b".repeat(1000);
    for (int seed = 0; seed < 200; seed++) {
      files = new SimulatedFiles(seed);
      files.createDirectories(DIRECTORY);
      Path path = DIRECTORY.resolve("a");
      try (AppendFile file = files.create(path)) {
        file.writeFully(old.getBytes(StandardCharsets.UTF_8), 0, 700);
        file.force();
        file.writeFully(more.getBytes(StandardCharsets.UTF_8), 0, 1000);
      }
      files.forceDirectory(DIRECTORY);

      String after = read(files.restart(), path);
      assertThat(after).startsWith(old);
      outcomes.add(
          after.equals(old)
              ? "lost"
              : after.equals(old + more)
                  ? "kept"
                  : (old + more).startsWith(after) ? "cut" : "torn");
    }

    assertThat(outcomes).containsExactlyInAnyOrder("lost", "kept", "cut", "torn");
  }

  @Test
  void losesKeepsOrReordersNamesThatWereNotForced() throws IOException {
    Set<List<String>> outcomes = new HashSet<>();
    for (int seed = 0; seed < 200; seed++) {
      files = new SimulatedFiles(seed);
      create("a", "");
      create("b", "");
      files.forceDirectory(DIRECTORY);
      files.rename(DIRECTORY.resolve("a"), DIRECTORY.resolve("c"));
      files.delete(DIRECTORY.resolve("b"));

      outcomes.add(files.restart().list(DIRECTORY));
    }

    assertThat(outcomes)
        .containsExactlyInAnyOrder(
            List.of("a", "b"), List.of("b", "c"), List.of("a"), List.of("c"));
  }

  @Test
  void aFailedForceLiesAboutWhatItDropped() throws IOException {
    files = new SimulatedFiles(3);
    files.createDirectories(DIRECTORY);
    Path path = DIRECTORY.resolve("a");
    AppendFile file = files.create(path);
    files.forceDirectory(DIRECTORY);
    file.write(new byte[] {'x'}, 0, 1);
    files.setForceFails(true);
    assertThatThrownBy(file::force).isInstanceOf(IOException.class);
    files.setForceFails(false);
    file.force();

    assertThat(read(files, path)).isEqualTo("x");
    assertThat(read(files.restart(), path)).isEqualTo("\0");
  }

  @Test
  void failsFromTheChosenChangeOn() throws IOException {
    create("a", "x");
    files.crashAtChange(2);
    files.delete(DIRECTORY.resolve("a"));

    assertThatThrownBy(() -> create("b", "x")).hasMessageContaining("crashed");
    assertThatThrownBy(() -> files.list(DIRECTORY)).hasMessageContaining("crashed");
    assertThat(files.restartProcess().exists(DIRECTORY.resolve("a"))).isFalse();
  }
}
