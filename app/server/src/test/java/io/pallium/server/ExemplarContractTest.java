package io.pallium.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.server.TestServer.Answer;
import io.pallium.server.scrape.RemoteWriteBody;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a client of `query_exemplars` is answered.
class ExemplarContractTest {
  private static final long T0 = 1_700_000_000_000L;

  @TempDir static Path directory;
  private static TestServer server;

  @BeforeAll
  static void start() {
    server = TestServer.start(directory, "--head.max-exemplars=500");
    for (int i = 0; i < 3; i++) {
      RemoteWriteBody body = new RemoteWriteBody();
      for (String code : new String[] {"200", "500"}) {
        body.addWithExemplar(
            TestServer.labels("__name__", "requests_total", "code", code),
            T0 + i * 1500L,
            i + 0.5,
            Map.of("trace_id", "t" + i + "ä", "code", code));
      }
      body.addWithExemplar(
          TestServer.labels("__name__", "seconds_bucket", "le", "1"),
          T0 + 1000 + i * 1500L,
          7,
          Map.of("trace_id", "b"));
      assertThat(server.push(body.toCompressedBytes()).status()).isEqualTo(204);
    }
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static String exemplar(int i, String code) {
    return "{\"labels\":{\"code\":\""
        + code
        + "\",\"trace_id\":\"t"
        + i
        + "ä\"},\"value\":\""
        + (i + 0.5)
        + "\",\"timestamp\":"
        + (i == 1 ? "1700000001.500" : 1_700_000_000L + i * 3L / 2)
        + "}";
  }

  private static String series(String code, String... exemplars) {
    return "{\"seriesLabels\":{\"__name__\":\"requests_total\",\"code\":\""
        + code
        + "\"},\"exemplars\":["
        + String.join(",", exemplars)
        + "]}";
  }

  private static void assertAnswer(String parameters, String data) {
    for (String prefix : new String[] {"/prometheus/api/v1", "/api/v1"}) {
      Answer get = server.get(prefix + "/query_exemplars?" + parameters);
      Answer post = server.post(prefix + "/query_exemplars", parameters);

      assertThat(get.body()).isEqualTo("{\"status\":\"success\",\"data\":" + data + "}");
      assertThat(get.status()).isEqualTo(200);
      assertThat(post.body()).isEqualTo(get.body());
    }
  }

  @Test
  void exemplarsOfASelectorComeInOrderOfLabelsAndTime() {
    assertAnswer(
        "query=requests_total",
        "["
            + series("200", exemplar(0, "200"), exemplar(1, "200"), exemplar(2, "200"))
            + ","
            + series("500", exemplar(0, "500"), exemplar(1, "500"), exemplar(2, "500"))
            + "]");
  }

  @Test
  void boundsOfTimeAreInclusive() {
    assertAnswer(
        "query=requests_total%7Bcode%3D%22500%22%7D&start=1700000001.5&end=1700000001.5",
        "[" + series("500", exemplar(1, "500")) + "]");
    assertAnswer("query=requests_total&start=1700000001.501&end=1700000002", "[]");
  }

  @Test
  void allSelectorsOfAQueryAreTakenAndEachSeriesComesOnce() {
    String query =
        TestServer.encode(
            "histogram_quantile(0.9, sum by (le) (rate(seconds_bucket[5m])))"
                + " + max_over_time(requests_total{code=\"200\"}[5m:1m]) / requests_total"
                + " or topk(scalar(absent(nothing)), requests_total)");
    String body = server.get("/api/v1/query_exemplars?query=" + query + "&end=1700000000").body();

    assertThat(body)
        .isEqualTo(
            "{\"status\":\"success\",\"data\":["
                + series("200", exemplar(0, "200"))
                + ","
                + series("500", exemplar(0, "500"))
                + "]}");
  }

  @Test
  void whatSelectsNothingHasNoExemplars() {
    assertAnswer("query=nothing", "[]");
    assertAnswer("query=1%2B1", "[]");
  }

  @Test
  void wrongParametersAreRefused() {
    Map<String, String> wrong =
        Map.of(
            "query=up&start=x", "invalid parameter \\\"start\\\": ",
            "query=up&end=x", "invalid parameter \\\"end\\\": ",
            "query=up&start=2&end=1", "end timestamp must not be before start timestamp",
            "query=up%5B", "1:4: parse error: ",
            "", "parse error: no expression found in input",
            "query=up&features=none", "invalid parameter \\\"features\\\": unknown feature");
    wrong.forEach(
        (parameters, text) -> {
          Answer answer = server.get("/api/v1/query_exemplars?" + parameters);

          assertThat(answer.status()).as(parameters).isEqualTo(400);
          assertThat(answer.body()).contains("\"errorType\":\"bad_data\"").contains(text);
        });
  }

  @Test
  void exemplarsAreBoundByTheMemoryOfAQuery(@TempDir Path own) {
    try (TestServer small =
        TestServer.start(own, "--querier.max-query-memory=64KiB", "--head.max-exemplars=400")) {
      RemoteWriteBody body = new RemoteWriteBody();
      for (int i = 0; i < 400; i++) {
        body.addWithExemplar(
            TestServer.labels("__name__", "many", "i", "" + i), T0, i, Map.of("trace", "t" + i));
      }
      assertThat(small.push(body.toCompressedBytes()).status()).isEqualTo(204);

      Answer all = small.get("/api/v1/query_exemplars?query=many");
      Answer few = small.get("/api/v1/query_exemplars?query=many%7Bi%3D~%221.%22%7D");

      assertThat(all.status()).isEqualTo(422);
      assertThat(all.body()).contains("querier.max-query-memory");
      assertThat(few.body()).contains("\"i\":\"13\"");
      assertThat(few.status()).isEqualTo(200);
      assertThat(small.metric("pallium_querier_reserved_bytes")).isZero();
    }
  }

  @Test
  void exemplarsComeBackAfterARestart(@TempDir Path own) {
    String query = "/api/v1/query_exemplars?query=kept";
    String before;
    try (TestServer first = TestServer.start(own)) {
      RemoteWriteBody body = new RemoteWriteBody();
      body.addWithExemplar(TestServer.labels("__name__", "kept"), T0, 1, Map.of("trace", "x"));
      assertThat(first.push(body.toCompressedBytes()).status()).isEqualTo(204);
      before = first.get(query).body();
    }
    try (TestServer second = TestServer.start(own)) {
      assertThat(second.get(query).body()).isEqualTo(before).contains("\"trace\":\"x\"");
    }
  }
}
