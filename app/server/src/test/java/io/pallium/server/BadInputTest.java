package io.pallium.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.airlift.compress.v3.snappy.SnappyCompressor;
import io.pallium.server.TestServer.Answer;
import io.pallium.server.scrape.RemoteWriteBody;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/// Whatever comes in, an answer goes out, and it never blames the server.
class BadInputTest {
  private static Path directory = Path.of("");

  @SuppressWarnings("NullAway.Init") // Before any property.
  private static TestServer server;

  @BeforeContainer
  static void start() throws IOException {
    directory = Files.createTempDirectory("pallium-bad-input");
    server = TestServer.start(directory, "--querier.timeout=10s");
    RemoteWriteBody body = new RemoteWriteBody();
    body.add(Map.of("__name__", "up", "job", "a"), 1_700_000_000_000L, 1);
    assertThat(server.push(body.toCompressedBytes()).status()).isEqualTo(204);
  }

  @AfterContainer
  static void stop() throws IOException {
    server.close();
    try (var paths = Files.walk(directory)) {
      for (Path path : paths.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  @Property(tries = 400)
  void anyParametersGetAnAnswer(
      @ForAll("paths") String path,
      @ForAll("queries") String query,
      @ForAll("numbers") String start,
      @ForAll("numbers") String end,
      @ForAll("numbers") String step,
      @ForAll("numbers") String limit) {
    String form =
        "query="
            + TestServer.encode(query)
            + "&match[]="
            + TestServer.encode(query)
            + "&start="
            + TestServer.encode(start)
            + "&end="
            + TestServer.encode(end)
            + "&time="
            + TestServer.encode(end)
            + "&step="
            + TestServer.encode(step)
            + "&lookback_delta="
            + TestServer.encode(step)
            + "&limit="
            + TestServer.encode(limit);

    assertAnswered(server.get(path + "?" + form));
    assertAnswered(server.post(path, form));
  }

  @Property(tries = 200)
  void anyFormGetsAnAnswer(@ForAll("paths") String path, @ForAll String form) {
    assertAnswered(server.post(path, form));
  }

  @Property(tries = 300)
  void anyBodyGetsAnAnswer(@ForAll byte[] body) {
    assertPushed(server.push(body));
    assertPushed(server.push(compressed(body)));
  }

  @Property(tries = 300)
  void anyChangeOfABodyGetsAnAnswer(
      @ForAll("samples") byte[] plain, @ForAll int at, @ForAll byte with, @ForAll boolean isCut) {
    byte[] changed = plain.clone();
    int index = Math.floorMod(at, changed.length);
    changed[index] = with;

    assertPushed(server.push(compressed(isCut ? Arrays.copyOf(changed, index) : changed)));
  }

  private static void assertAnswered(Answer answer) {
    assertThat(answer.status()).as(answer.body()).isIn(200, 400, 404, 405, 422);
    if (answer.status() != 200) {
      assertThat(answer.body()).startsWith("{\"status\":\"error\",\"errorType\":\"");
    }
  }

  private static void assertPushed(Answer answer) {
    assertThat(answer.status()).as(answer.body()).isIn(204, 400, 413);
  }

  @Provide
  Arbitrary<String> paths() {
    return Arbitraries.of(
        "/api/v1/query",
        "/api/v1/query_range",
        "/api/v1/series",
        "/prometheus/api/v1/labels",
        "/api/v1/label/job/values",
        "/api/v1/label/U__a_ffffff_/values",
        "/api/v1/metadata");
  }

  @Provide
  Arbitrary<String> queries() {
    Arbitrary<String> part =
        Arbitraries.of(
            "up",
            "{",
            "}",
            "(",
            ")",
            "[5m]",
            "[1h:1m]",
            "sum",
            " by (job) ",
            "rate",
            "\"",
            "\\",
            "job=~\".*\"",
            "1e308",
            "NaN",
            "-",
            "+",
            "/",
            " on (job) group_left ",
            " offset 1y",
            " @ 1e18",
            " @ start()",
            "é",
            "histogram_quantile",
            ",",
            "=~\"(((\"",
            "{}",
            "time()",
            "max_over_time(up[9999y])",
            "topk",
            "vector(1)",
            "^",
            " and ",
            "absent");
    return Arbitraries.oneOf(
        part.list().ofMaxSize(12).map(parts -> String.join("", parts)), Arbitraries.strings());
  }

  @Provide
  Arbitrary<String> numbers() {
    return Arbitraries.oneOf(
        Arbitraries.of(
            "",
            "0",
            "-1",
            "1",
            "NaN",
            "Inf",
            "-Inf",
            "1e18",
            "-1e18",
            "9223372036854775807",
            "-9223372036854775808",
            "1e300",
            "1e999",
            "0x1p10",
            "1m",
            "5y",
            "99999999y",
            "1ms",
            "2023-11-14T22:13:20Z",
            "9999-99-99T00:00:00Z",
            "1700000000",
            "0.0001",
            "x"),
        Arbitraries.doubles().map(String::valueOf),
        Arbitraries.strings().ascii().ofMaxLength(8));
  }

  @Provide
  Arbitrary<byte[]> samples() {
    Arbitrary<String> text = Arbitraries.strings().ofMaxLength(12);
    return Combinators.combine(text, text, Arbitraries.longs(), Arbitraries.doubles())
        .as(
            (name, value, timestampMs, number) -> {
              RemoteWriteBody body = new RemoteWriteBody();
              body.add(Map.of("__name__", "m", "l" + name, value), timestampMs, number);
              body.addHistogram(Map.of("__name__", "h" + name), timestampMs, 3);
              body.addMetadata(name, 1, value);
              return body.toBytes();
            });
  }

  private static byte[] compressed(byte[] plain) {
    SnappyCompressor compressor = SnappyCompressor.create();
    byte[] compressed = new byte[compressor.maxCompressedLength(plain.length)];
    int length = compressor.compress(plain, 0, plain.length, compressed, 0, compressed.length);
    return Arrays.copyOf(compressed, length);
  }
}
