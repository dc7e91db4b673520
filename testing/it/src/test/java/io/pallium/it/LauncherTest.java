package io.pallium.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.testkit.process.PalliumProcess;
import io.pallium.testkit.process.TestProcess;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `./pallium` in a copy of the sources that nobody has built, offline, with the libraries that
/// this build has fetched.
@Tag("system")
class LauncherTest {
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final Set<String> NOT_COPIED = Set.of("target", "test", ".cache", ".git");

  @TempDir Path directory;
  private Path tree = Path.of("");
  private int starts;

  @BeforeEach
  void copySources() throws IOException {
    tree = Files.createDirectory(directory.resolve("tree"));
    Path root = PalliumProcess.root();
    for (String part :
        List.of("pom.xml", "pallium", ".mvn", "dev", "core", "store", "service", "app")) {
      copy(root.resolve(part), tree.resolve(part));
    }
    Files.writeString(tree.resolve(".mvn/maven.config"), "-o\n", StandardOpenOption.APPEND);
  }

  @Test
  void interruptedBuildLeavesNothingThenOneOfTwoStartsBuildsAndTheOtherWaits() throws IOException {
    try (TestProcess interrupted = start("--build-only")) {
      interrupted.awaitOutput(Pattern.compile("(building pallium-model)"), 0, PATIENCE);
      assertThat(interrupted.stop(PATIENCE)).contains(130);
      assertThat(interrupted.output()).contains("build interrupted").contains(log());
      assertThat(builds()).isEmpty();
    }

    try (TestProcess first = start("--build-only")) {
      first.awaitOutput(Pattern.compile("(building pallium-base)"), 0, PATIENCE);
      try (TestProcess second = start("version")) {
        second.awaitOutput(Pattern.compile("(waiting for another build)"), 0, PATIENCE);
        assertThat(first.await(PATIENCE)).as(first::output).contains(0);
        assertThat(second.await(PATIENCE)).as(second::output).contains(0);

        assertThat(first.output()).contains("pallium: building").contains("log: " + log());
        assertThat(first.output().lines())
            .anyMatch(line -> line.matches(" +\\d+ s {2}building pallium-server \\[(\\d+)/\\1]"))
            .anyMatch(line -> line.matches(" +\\d+ s {2}training run for a quick start"))
            .anyMatch(line -> line.matches(" +\\d+ s {2}built"));
        assertThat(second.output()).doesNotContain("building pallium").contains("0.1.0");
      }
    }
    assertThat(builds()).hasSize(1);
    assertThat(Path.of(log())).isNotEmptyFile();

    printTimeOfTheLook();
    aBuildThatFailsShowsWhyAndKeepsTheOneBefore();
  }

  /// A figure to read, no limit: the machine may be busy.
  private void printTimeOfTheLook() {
    long best = Long.MAX_VALUE;
    for (int i = 0; i < 5; i++) {
      long startNanos = System.nanoTime();
      try (TestProcess again = start("--build-only")) {
        assertThat(again.await(PATIENCE)).contains(0);
        assertThat(again.output()).isEmpty();
      }
      best = Math.min(best, System.nanoTime() - startNanos);
    }
    System.out.printf("launcher: looks in %d ms whether it must build%n", best / 1_000_000);
  }

  private void aBuildThatFailsShowsWhyAndKeepsTheOneBefore() throws IOException {
    Path source = tree.resolve("core/base/src/main/java/io/pallium/base/HotPath.java");
    String text = Files.readString(source);
    FileTime time = Files.getLastModifiedTime(source);
    List<String> before = builds();
    Files.writeString(source, text + "this is no Java\n");

    try (TestProcess failing = start("version")) {
      assertThat(failing.await(PATIENCE)).contains(1);
      assertThat(failing.output())
          .contains("HotPath.java:[")
          .contains("pallium: the build failed; log: " + log())
          .doesNotContain("-> [Help");
    }

    assertThat(builds()).isEqualTo(before);
    Files.writeString(source, text);
    Files.setLastModifiedTime(source, time);
    try (TestProcess restored = start("version")) {
      assertThat(restored.await(PATIENCE)).contains(0);
      assertThat(restored.output()).doesNotContain("building");
    }
  }

  private TestProcess start(String argument) {
    return TestProcess.start(
        List.of(tree.resolve("pallium").toString(), argument),
        Map.of(),
        directory,
        directory.resolve("start-" + ++starts + ".log"));
  }

  private String log() {
    return tree.resolve(".cache/dist/build.log").toString();
  }

  /// The folders of builds.
  private List<String> builds() throws IOException {
    try (Stream<Path> entries = Files.list(tree.resolve(".cache/dist"))) {
      return entries
          .filter(Files::isDirectory)
          .map(folder -> folder.getFileName().toString())
          .sorted()
          .toList();
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.walkFileTree(
        from,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes)
              throws IOException {
            Path name = folder.getFileName();
            if (name != null && NOT_COPIED.contains(name.toString())) {
              return FileVisitResult.SKIP_SUBTREE;
            }
            Files.createDirectories(to.resolve(from.relativize(folder)));
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Path relative = from.relativize(file);
            Files.copy(file, relative.toString().isEmpty() ? to : to.resolve(relative));
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
