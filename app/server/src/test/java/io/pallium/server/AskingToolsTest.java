package io.pallium.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.server.scrape.RemoteWriteBody;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `pallium tool query`, `query-range`, `labels` and `series`, which ask a server.
class AskingToolsTest {
  private static final long T0 = 1_700_000_000_000L;

  @TempDir static Path directory;
  private static TestServer server;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private int exit;

  @BeforeAll
  static void start() {
    server = TestServer.start(directory);
    RemoteWriteBody body = new RemoteWriteBody();
    for (int i = 0; i < 5; i++) {
      long timeMs = T0 + i * 15_000;
      body.add(TestServer.labels("__name__", "up", "job", "a"), timeMs, i);
      body.add(TestServer.labels("__name__", "up", "job", "long"), timeMs, 4 - i);
    }
    assertThat(server.push(body.toCompressedBytes()).status()).isEqualTo(204);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private String tool(String... arguments) {
    List<String> all = new ArrayList<>(List.of("tool"));
    all.addAll(List.of(arguments));
    all.add("--url=" + server.url() + "/prometheus");
    PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
    exit = Main.run(all, stream, stream);
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void queryPrintsATable() {
    assertThat(tool("query", "up", "--time=1700000030"))
        .isEqualTo("up{job=\"a\"}     2\nup{job=\"long\"}  2\n");
    assertThat(exit).isZero();
  }

  @Test
  void queryPrintsJson() {
    assertThat(tool("query", "1+1", "--time=5", "--format=json"))
        .isEqualTo("{\"resultType\":\"scalar\",\"result\":[5,\"2\"]}\n");
  }

  @Test
  void queryPrintsThePointsOfARange() {
    assertThat(tool("query", "up{job=\"a\"}[31s]", "--time=1700000030"))
        .isEqualTo(
            """
            up{job="a"}
              2023-11-14T22:13:20Z  0
              2023-11-14T22:13:35Z  1
              2023-11-14T22:13:50Z  2
            """);
  }

  @Test
  void refusalsArePrinted() {
    assertThat(tool("query", "up{"))
        .startsWith(
            "pallium tool query: 400 bad_data: invalid parameter \"query\": 1:4: parse error");
    assertThat(exit).isEqualTo(1);
  }

  @Test
  void featuresAreSwitched() {
    assertThat(tool("query", "max_of(1, 2)", "--features=promql-experimental-functions"))
        .isEqualTo("2\n");
  }

  @Test
  void rangeIsDrawn() {
    String[] lines =
        tool("query-range", "up", "--start=1700000000", "--end=2023-11-14T22:14:20Z", "--step=15")
            .split("\n", -1);

    assertThat(lines[0]).isEqualTo("      4.000 |+   *");
    assertThat(lines[5]).endsWith("| + *");
    assertThat(lines[19]).isEqualTo("      0.000 |*   +");
    assertThat(lines[21]).isEqualTo("             * up{job=\"a\"}");
    assertThat(lines[22]).isEqualTo("             + up{job=\"long\"}");
    assertThat(lines[23]).contains("a step is 15.0 s");
  }

  @Test
  void rangeIsATable() {
    assertThat(
            tool(
                "query-range",
                "up{job=\"a\"}",
                "--start=1700000000",
                "--end=1700000015",
                "--step=15",
                "--format=table"))
        .isEqualTo(
            """
            up{job="a"}
              2023-11-14T22:13:20Z  0
              2023-11-14T22:13:35Z  1
            """);
  }

  @Test
  void labelsAndSeriesAreListed() {
    assertThat(tool("labels")).isEqualTo("__name__\njob\n");
    out.reset();
    assertThat(tool("labels", "job")).isEqualTo("a\nlong\n");
    out.reset();
    assertThat(tool("series", "up")).isEqualTo("up{job=\"a\"}\nup{job=\"long\"}\n");
    out.reset();
    assertThat(tool("series", "up{job=\"a\"}", "--format=json"))
        .isEqualTo("[{\"__name__\":\"up\",\"job\":\"a\"}]\n");
  }

  @Test
  void serverThatIsNotThereIsSaid() {
    PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);

    int code = Main.run(List.of("tool", "labels", "--url=http://127.0.0.1:1"), stream, stream);

    assertThat(code).isEqualTo(1);
    assertThat(out.toString(StandardCharsets.UTF_8)).startsWith("pallium tool labels: ");
  }
}
