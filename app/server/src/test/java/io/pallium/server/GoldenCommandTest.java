package io.pallium.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `pallium tool golden` with a system of its own, and recorded answers that need no data.
class GoldenCommandTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  @TempDir Path folder;

  @BeforeEach
  void makeFolderOfData() throws IOException {
    Files.createDirectory(folder.resolve("data"));
  }

  private void record(String file, String... lines) throws IOException {
    try (OutputStream zipped = new GZIPOutputStream(Files.newOutputStream(folder.resolve(file)))) {
      zipped.write(String.join("\n", lines).getBytes(StandardCharsets.UTF_8));
    }
  }

  private static String query(String id, String text, String result) {
    return """
        {"id":"%s","kind":"query","params":{"query":"%s","time":"60"},"ordered":false,"uses":[],\
        "http":200,"answer":{"status":"success","data":{"resultType":"scalar","result":[60,"%s"]}}}"""
        .formatted(id, text, result);
  }

  private int run() {
    PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
    return Main.run(List.of("tool", "golden", folder.toString()), stream, stream);
  }

  private String output() {
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void equalAnswersPassWithTheFeaturesOfTheirFile() throws IOException {
    record("queries.jsonl.gz", query("q1", "1 + 1", "2"));
    record("queries-experimental.jsonl.gz", query("e1", "max_of(1, 2)", "2"));

    int exit = run();

    assertThat(output()).endsWith("\n2 passed, 0 failed\n");
    assertThat(exit).isZero();
  }

  @Test
  void otherAnswersArePrinted() throws IOException {
    record("queries.jsonl.gz", query("q1", "1 + 1", "3"), query("q2", "max_of(1, 2)", "2"));

    int exit = run();

    assertThat(output())
        .contains("q1: query {query=1 + 1, time=60}")
        .contains("result [60,\"2\"] instead of [60,\"3\"]")
        .contains("status 400 instead of 200")
        .endsWith("\n0 passed, 2 failed\n");
    assertThat(exit).isEqualTo(1);
  }

  @Test
  void folderWithoutDataIsACallThatIsWrong() throws IOException {
    Files.delete(folder.resolve("data"));

    assertThat(run()).isEqualTo(2);
    assertThat(output()).contains("no folder");
  }
}
