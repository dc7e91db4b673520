package io.pallium.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `pallium tool store` on a store in a directory.
class StoreToolTest {
  @TempDir Path directory;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private Path file;

  @BeforeEach
  void fileToCopy() throws IOException {
    file = Files.writeString(directory.resolve("file"), "some bytes");
  }

  @Test
  void checkTriesEverythingAndLeavesNothing() {
    assertThat(store("check")).isZero();

    assertThat(text(out)).contains("replace if unchanged   ok", "the store is fine");
    assertThat(directory.resolve("data/objects"))
        .isDirectoryNotContaining("glob:**/pallium-check-*");
  }

  @Test
  void filesGoIntoTheStoreAndBack() {
    assertThat(store("cp", file.toString(), "store:tenant/block/index")).isZero();
    assertThat(store("cp", "store:tenant/block/index", "store:tenant/other")).isZero();
    assertThat(store("cp", "store:tenant/other", directory.resolve("back").toString())).isZero();

    assertThat(directory.resolve("back")).hasContent("some bytes");
    assertThat(directory.resolve("data/objects/tenant/block/index")).hasContent("some bytes");
  }

  @Test
  void storeIsListedAndCleared() {
    store("cp", file.toString(), "store:tenant/block/index");
    store("cp", file.toString(), "store:tenant/other");

    assertThat(store("ls", "tenant/")).isZero();
    assertThat(text(out)).contains("tenant/block/\n").containsPattern("10 .*Z  tenant/other\n");
    assertThat(store("stat", "tenant/other")).isZero();
    assertThat(text(out)).contains("length    10");
    assertThat(store("rm", "--recursive", "tenant/")).isZero();
    assertThat(store("stat", "tenant/other")).isOne();
    assertThat(text(err)).contains("there is no object \"tenant/other\"");
  }

  @Test
  void copyGoesOnWhereItWasAndComparesWhatIsThere() throws IOException {
    for (int i = 0; i < 5; i++) {
      store("cp", file.toString(), "store:tenant/" + i);
    }
    Path target = directory.resolve("target");
    Files.createDirectories(target.resolve("objects/tenant"));
    Files.writeString(target.resolve("objects/tenant/1"), "some bytes");
    Files.writeString(target.resolve("objects/tenant/2"), "some bytez");
    String from = config("from.yaml", directory.resolve("data"));
    String to = config("to.yaml", target);

    assertThat(run("copy", "--from", from, "--to", to)).isZero();
    assertThat(text(err)).contains("4 objects copied (40 bytes), 1 there already, 0 left out");
    for (int i = 0; i < 5; i++) {
      assertThat(target.resolve("objects/tenant/" + i)).hasContent("some bytes");
    }
    assertThat(run("copy", "--from", from, "--to", to)).isZero();
    assertThat(text(err)).contains("0 objects copied (0 bytes), 5 there already");
  }

  @Test
  void wrongCallsAreRefused() {
    assertThat(store("cp", "only-one", "two", "three")).isEqualTo(2);
    assertThat(store("cp", "a-file", "another-file")).isOne();
    assertThat(store("ls", "--storage.backend=floppy")).isEqualTo(2);
    assertThat(text(err)).contains("floppy", "one of the two must be in the store");
  }

  private String config(String name, Path data) throws IOException {
    return Files.writeString(directory.resolve(name), "storage:\n  directory: " + data + "\n")
        .toString();
  }

  /// Runs a command on the store in `data`.
  private int store(String command, String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.add("--storage.directory=" + directory.resolve("data"));
    return run(command, all.toArray(String[]::new));
  }

  private int run(String command, String... arguments) {
    List<String> all = new ArrayList<>(List.of("tool", "store", command));
    all.addAll(List.of(arguments));
    return Main.run(
        all,
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8));
  }

  private static String text(ByteArrayOutputStream written) {
    return written.toString(StandardCharsets.UTF_8);
  }
}
