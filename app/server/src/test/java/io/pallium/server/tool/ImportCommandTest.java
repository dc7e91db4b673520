package io.pallium.server.tool;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.tsdb.file.LocalDurableFiles;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImportCommandTest {
  private static final String TEXT =
      """
      # HELP a_total Something.
      # TYPE a_total counter
      a_total{job="x\\"y",zone="é"} 1.5 1767571200
      a_total{job="x\\"y",zone="é"} 2 1767571260.5 # {trace="t"} 1 1767571260
      # TYPE b gauge
      b NaN 1767571200
      {"c.d", "e f"="g"} -Inf 1767657700
      # EOF
      """;
  private static final String DUMP =
      """
      {__name__="a_total", job="x\\"y", zone="é"} 1.5 1767571200000
      {__name__="a_total", job="x\\"y", zone="é"} 2 1767571260500
      {__name__="b"} NaN 1767571200000
      {__name__="c.d", e f="g"} -Inf 1767657700000
      """;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  @TempDir Path directory;

  private int run(String... arguments) {
    out.reset();
    err.reset();
    return TsdbCommand.commandLine(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8))
        .execute(arguments);
  }

  private String error() {
    return err.toString(StandardCharsets.UTF_8);
  }

  private Path text(String content) throws IOException {
    return Files.writeString(directory.resolve("data.om"), content);
  }

  private String data() {
    return directory.resolve("data").toString();
  }

  private String dump(String from) {
    assertThat(run("dump", from)).as(error()).isZero();
    return out.toString(StandardCharsets.UTF_8);
  }

  private List<String> blocks(String tenant) {
    Path folder = directory.resolve("data").resolve("blocks").resolve(tenant);
    try {
      return new LocalDurableFiles().list(folder);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void textBecomesBlocksOfADayEach() throws IOException {
    assertThat(run("import", data(), text(TEXT).toString(), "--tenant=team-a"))
        .as(error())
        .isZero();

    assertThat(out.toString(StandardCharsets.UTF_8)).contains("3 samples of 2 series");
    assertThat(blocks("team-a")).hasSize(2);
    assertThat(dump(data())).isEqualTo(DUMP);
    assertThat(run("verify", data())).isZero();
  }

  @Test
  void blocksOfADirectoryAreAddedToAnother() throws IOException {
    assertThat(run("import", data(), text(TEXT).toString())).isZero();
    Path other = directory.resolve("other");

    assertThat(run("import", other.toString(), data(), "--tenant=team-b")).as(error()).isZero();

    assertThat(dump(other.toString())).isEqualTo(DUMP);
  }

  @Test
  void overlapIsRefusedAndNothingIsChanged() throws IOException {
    assertThat(run("import", data(), text(TEXT).toString())).isZero();
    List<String> before = blocks("anonymous");

    // The first day is free, the second is not.
    String later = "x 1 1767484800\nx 2 1767657700\n# EOF\n";
    assertThat(run("import", data(), text(later).toString())).isEqualTo(1);

    assertThat(error())
        .contains("nothing is imported into tenant anonymous", "data.om", "overlaps block");
    assertThat(blocks("anonymous")).isEqualTo(before);
    assertThat(run("import", data(), text(later).toString(), "--tenant=team-b")).isZero();
  }

  @Test
  void wrongLinesAreNamedAndNothingIsMade() throws IOException {
    String[][] wrong = {
      {"x 1\n# EOF\n", ":1: the sample has no time"},
      {"a 1 1\nx y 1\n# EOF\n", ":2: the value is no number"},
      {"x{a=\"b} 1 1\n# EOF\n", ":1: a text in quotes does not end"},
      {"x{a=b} 1 1\n# EOF\n", ":1: a text in quotes is missing"},
      {"x{a=\"b\",a=\"c\"} 1 1\n# EOF\n", ":1: label a is there twice"},
      {"x 1 1\n", ":1: the file does not end with # EOF"},
      {"x 1 t\n# EOF\n", ":1: \"t\" is no time in seconds"},
    };
    for (String[] each : wrong) {
      assertThat(run("import", data(), text(each[0]).toString())).isEqualTo(1);
      assertThat(error()).contains(each[1]);
      assertThat(directory.resolve("data")).doesNotExist();
    }
  }

  @Test
  void directoriesThatAreNotOursOrInUseAreRefused() throws IOException {
    Path foreign = Files.createDirectories(directory.resolve("prometheus").resolve("wal"));
    assertThat(
            run(
                "import",
                Objects.requireNonNull(foreign.getParent()).toString(),
                text(TEXT).toString()))
        .isEqualTo(1);
    assertThat(error()).contains("is no data directory of Pallium: it has no blocks/");
    assertThat(new LocalDurableFiles().list(Objects.requireNonNull(foreign.getParent())))
        .containsExactly("wal");

    assertThat(run("import", data(), text(TEXT).toString())).isZero();
    List<String> before = blocks("anonymous");
    try (Closeable _ = new LocalDurableFiles().lock(directory.resolve("data").resolve("lock"))) {
      assertThat(run("import", data(), text("x 1 1\n# EOF\n").toString())).isEqualTo(1);
      assertThat(error()).contains(data() + " is in use by another process");
    }
    assertThat(blocks("anonymous")).isEqualTo(before);
    assertThat(run("import", data(), Objects.requireNonNull(foreign.getParent()).toString()))
        .isEqualTo(1);
    assertThat(error()).contains("has no blocks");
  }

  @Test
  void damagedBlocksAreNotImported() throws IOException {
    assertThat(run("import", data(), text(TEXT).toString())).isZero();
    Path block = directory.resolve("data/blocks/anonymous").resolve(blocks("anonymous").getLast());
    Path chunks = block.resolve("chunks").resolve("000001");
    byte[] bytes = Files.readAllBytes(chunks);
    bytes[10] ^= 1;
    Files.write(chunks, bytes);
    Path other = directory.resolve("other");

    assertThat(run("import", other.toString(), data())).isEqualTo(1);

    assertThat(error()).contains(chunks + ": chunk at offset 8 has checksum");
    assertThat(other.resolve("blocks").resolve("anonymous")).isEmptyDirectory();
  }
}
