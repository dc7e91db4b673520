package io.pallium.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.server.TestServer.Answer;
import io.pallium.server.scrape.RemoteWriteBody;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What a client of the endpoints about the server and its data is answered.
class StatusContractTest {
  private static final long T0 = 1_700_000_000_000L;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @TempDir static Path directory;
  private static TestServer server;

  @BeforeAll
  static void start() {
    server = TestServer.start(directory, "--querier.lookback-delta=3m");
    RemoteWriteBody body = new RemoteWriteBody();
    for (int i = 0; i < 12; i++) {
      body.add(TestServer.labels("__name__", "up", "job", "j" + i / 4, "i", "" + i), T0, i);
    }
    body.add(TestServer.labels("__name__", "other", "job", "j0"), T0 + 1000, 1);
    assertThat(server.push(body.toCompressedBytes()).status()).isEqualTo(204);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static JsonNode data(String path) {
    for (String prefix : List.of("/prometheus/api/v1", "/api/v1")) {
      Answer answer = server.get(prefix + path);
      assertThat(answer.status()).as(path).isEqualTo(200);
    }
    JsonNode answer = JSON.readTree(server.get("/api/v1" + path).body());
    assertThat(answer.get("status").asString()).isEqualTo("success");
    return answer.get("data");
  }

  @Test
  void cardinalityIsCountedInFourLists() {
    assertThat(server.get("/prometheus/api/v1/status/tsdb?limit=2").body())
        .isEqualTo(
            "{\"status\":\"success\",\"data\":{\"headStats\":{\"numSeries\":13,"
                + "\"numLabelPairs\":17,\"chunkCount\":13,\"minTime\":1700000000000,"
                + "\"maxTime\":1700000001000},"
                + "\"seriesCountByMetricName\":[{\"name\":\"up\",\"value\":12},"
                + "{\"name\":\"other\",\"value\":1}],"
                + "\"labelValueCountByLabelName\":[{\"name\":\"i\",\"value\":12},"
                + "{\"name\":\"job\",\"value\":3}],"
                + "\"memoryInBytesByLabelName\":[{\"name\":\"__name__\",\"value\":133},"
                + "{\"name\":\"job\",\"value\":65}],"
                + "\"seriesCountByLabelValuePair\":[{\"name\":\"__name__=up\",\"value\":12},"
                + "{\"name\":\"job=j0\",\"value\":5}]}}");
    assertThat(data("/status/tsdb").get("seriesCountByLabelValuePair").size()).isEqualTo(10);
    assertThat(data("/status/tsdb?limit=10000").get("seriesCountByLabelValuePair").size())
        .isEqualTo(17);
  }

  @Test
  void cardinalityOfNothingHasTheTimesOfNoSample(@TempDir Path own) {
    try (TestServer empty = TestServer.start(own)) {
      assertThat(empty.get("/api/v1/status/tsdb").body())
          .isEqualTo(
              "{\"status\":\"success\",\"data\":{\"headStats\":{\"numSeries\":0,"
                  + "\"numLabelPairs\":0,\"chunkCount\":0,\"minTime\":9223372036854775807,"
                  + "\"maxTime\":-9223372036854775808},\"seriesCountByMetricName\":[],"
                  + "\"labelValueCountByLabelName\":[],\"memoryInBytesByLabelName\":[],"
                  + "\"seriesCountByLabelValuePair\":[]}}");
    }
  }

  @Test
  void limitsOfTheCardinalityAreChecked() {
    for (String limit : List.of("0", "-1", "x", "1.5")) {
      Answer answer = server.get("/api/v1/status/tsdb?limit=" + limit);
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.body()).contains("\"error\":\"limit must be a positive number\"");
    }
    assertThat(server.get("/api/v1/status/tsdb?limit=10001").body())
        .contains("\"error\":\"limit must not exceed 10000\"");
  }

  @Test
  void flagsAndConfigurationAreThoseInForce() {
    JsonNode flags = data("/status/flags");

    assertThat(flags.get("querier.lookback-delta").asString()).isEqualTo("3m");
    assertThat(flags.get("target").asString()).isEqualTo("all");
    assertThat(flags.get("head.max-exemplars").isString()).isTrue();
    String yaml = data("/status/config").get("yaml").asString();
    assertThat(yaml).isEqualTo(server.get("/config").body()).contains("lookback_delta: 3m");
  }

  @Test
  void runtimeIsDescribed() {
    JsonNode info = data("/status/runtimeinfo");

    Instant start = Instant.parse(info.get("startTime").asString());
    assertThat(Instant.parse(info.get("serverTime").asString())).isAfterOrEqualTo(start);
    assertThat(info.get("GOMAXPROCS").asInt()).isPositive();
    assertThat(info.get("goroutineCount").asInt()).isPositive();
    assertThat(info.get("reloadConfigSuccess").asBoolean()).isTrue();
    assertThat(info.get("storageRetention").isString()).isTrue();
  }

  @Test
  void whatIsExperimentalIsOffAmongTheFeatures() {
    JsonNode features = data("/features");

    assertThat(features.get("promql").get("anchored").asBoolean()).isFalse();
    assertThat(features.get("promql").get("subqueries").asBoolean()).isTrue();
    assertThat(features.get("promql_functions").get("rate").asBoolean()).isTrue();
    assertThat(features.get("promql_functions").get("info").asBoolean()).isFalse();
  }

  @Test
  void whatThereIsNoneOfIsAnsweredWithNone() {
    Map<String, String> none =
        Map.of(
            "/rules", "{\"groups\":[]}",
            "/alerts", "{\"alerts\":[]}",
            "/targets", "{\"activeTargets\":[],\"droppedTargets\":[],\"droppedTargetCounts\":{}}",
            "/targets/metadata", "[]",
            "/scrape_pools", "{\"scrapePools\":[]}",
            "/alertmanagers", "{\"activeAlertmanagers\":[],\"droppedAlertmanagers\":[]}",
            "/notifications", "[]",
            "/status/walreplay", "{\"min\":0,\"max\":0,\"current\":0}");
    none.forEach(
        (path, expected) -> assertThat(data(path)).as(path).isEqualTo(JSON.readTree(expected)));
  }

  @Test
  void statusIsOnlyForReading() {
    assertThat(server.method("DELETE", "/api/v1/status/tsdb").status()).isEqualTo(405);
    assertThat(server.post("/api/v1/status/flags", "").status()).isEqualTo(405);
  }
}
