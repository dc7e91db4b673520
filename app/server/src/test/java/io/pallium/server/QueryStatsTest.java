package io.pallium.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.server.scrape.RemoteWriteBody;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What queries tell about themselves with the parameter `stats`. The data: two series with a
/// sample each 10 s for ten minutes, and a native histogram with one bucket. Samples are counted as
/// Prometheus documents it for its own.
class QueryStatsTest {
  private static final long T0 = 1_700_000_000_000L;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @TempDir static Path directory;
  private static TestServer server;

  @BeforeAll
  static void start() {
    server = TestServer.start(directory);
    for (int i = 0; i <= 60; i++) {
      RemoteWriteBody body = new RemoteWriteBody();
      body.add(TestServer.labels("__name__", "m", "i", "0"), T0 + i * 10_000L, i);
      body.add(TestServer.labels("__name__", "m", "i", "1"), T0 + i * 10_000L, i);
      body.addHistogram(TestServer.labels("__name__", "h"), T0 + i * 10_000L, i + 1);
      assertThat(server.push(body.toCompressedBytes()).status()).isEqualTo(204);
    }
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static JsonNode stats(String path) {
    JsonNode answer = JSON.readTree(server.get("/api/v1" + path).body());
    assertThat(answer.get("status").asString()).isEqualTo("success");
    JsonNode stats = answer.get("data").get("stats");
    assertThat(stats).as(path).isNotNull();
    return stats;
  }

  private static String range(String query) {
    return "/query_range?stats=all&start=1700000300&end=1700000320&step=10&query="
        + TestServer.encode(query);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      value = {
        "m # 2 2 2",
        "m{i=\"0\"} + m # 3 3 3",
        "rate(m[1m]) # 12 12 12",
        "sum(rate(m[1m])) + 1 # 12 12 12",
        "sum_over_time(m[1m] offset 4m30s) # 8 10 12",
        "m offset 4m50s # 2 2 2",
        "m offset 5m10s # 0 2 2",
        "m @ 1700000100 # 2 2 2",
        "rate(m[1m] @ 1700000100) # 12 12 12",
        "max_over_time(m[1m:20s]) # 6 6 6",
        "h # 12 12 12",
        "rate(h[1m]) # 72 72 72",
        "absent(m) # 2 2 2",
        "time() # 0 0 0",
        "nothing # 0 0 0",
      })
  void samplesAreCountedAtEachStep(String query, String expected) {
    JsonNode samples = stats(range(query.strip())).get("samples");

    List<String> counts = new ArrayList<>();
    long total = 0;
    for (JsonNode step : samples.get("totalQueryableSamplesPerStep")) {
      assertThat(step.get(0).asLong()).isEqualTo(1_700_000_300L + counts.size() * 10L);
      counts.add(step.get(1).asString());
      total += step.get(1).asLong();
    }
    assertThat(String.join(" ", counts)).isEqualTo(expected.strip());
    assertThat(samples.get("totalQueryableSamples").asLong()).isEqualTo(total);
    assertThat(samples.get("peakSamples").asLong()).isNotNegative();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      value = {"m # 2", "m[1m] # 12", "m[1m:20s] # 6", "rate(m[1m]) # 12", "\"x\" # 0", "1 # 0"})
  void samplesOfOneTimeAreCounted(String query, long expected) {
    JsonNode stats =
        stats("/query?stats=true&time=1700000300&query=" + TestServer.encode(query.strip()));

    assertThat(stats.get("samples").get("totalQueryableSamples").asLong()).isEqualTo(expected);
    assertThat(stats.get("samples").get("totalQueryableSamplesPerStep")).isNull();
  }

  @Test
  void timesAddUp() {
    JsonNode timings = stats(range("sum(rate(m[1m]))")).get("timings");

    double total = timings.get("execTotalTime").asDouble();
    double evaluation = timings.get("evalTotalTime").asDouble();
    assertThat(total).isPositive();
    assertThat(timings.get("execQueueTime").asDouble() + evaluation)
        .isBetween(0.99 * total, total * 1.01);
    assertThat(timings.get("innerEvalTime").asDouble()).isPositive();
    assertThat(timings.get("queryPreparationTime").asDouble()).isNotNegative();
    assertThat(timings.get("resultSortTime").asDouble()).isZero();
  }

  @Test
  void anotherValueIsWarnedOf() {
    assertThat(server.get("/api/v1/query?query=m&time=1700000300&stats=1").body())
        .contains("\"stats\":{")
        .contains("value \\\"1\\\" for parameter \\\"stats\\\" is deprecated");
    assertThat(server.get("/api/v1/query?query=m&time=1700000300&stats=all").body())
        .doesNotContain("deprecated");
  }

  @Test
  void statsAreNotThereUnlessTheyAreAskedFor() {
    assertThat(server.get("/api/v1/query?query=m&time=1700000300").body()).doesNotContain("stats");
    assertThat(server.get("/api/v1/query?query=m&time=1700000300&stats=").body())
        .doesNotContain("stats");
  }
}
