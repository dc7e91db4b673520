package io.pallium.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.server.TestServer.Answer;
import io.pallium.server.scrape.RemoteWriteBody;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What keeps queries from taking a server down: memory, places, time, clients that are gone.
class QueryBoundsTest {
  private static final long T0 = 1_700_000_000_000L;

  /// An answer of some 50 MB: more than the buffers of a connection hold.
  private static final String LARGE =
      "/api/v1/query_range?query=m&start=1700000000&end=1700000110&step=0.01";

  private static final String CANCELED =
      "pallium_query_api_request_duration_seconds_count{endpoint=\"query_range\",status=\"499\"}";
  private static final String RUNNING = "pallium_query_api_running";
  private static final String WAITING = "pallium_query_api_waiting";
  private static final String RESERVED = "pallium_query_memory_reserved_bytes";

  @TempDir Path directory;

  private TestServer start(String... flags) {
    TestServer server = TestServer.start(directory, flags);
    RemoteWriteBody body = new RemoteWriteBody();
    for (int i = 0; i < 200; i++) {
      body.add(TestServer.labels("__name__", "m", "i", "" + i), T0, i);
    }
    assertThat(server.push(body.toCompressedBytes()).status()).isEqualTo(204);
    return server;
  }

  @Test
  void queryOverItsMemoryIs422AndNamesTheLimit() {
    try (TestServer server = start("--querier.max-query-memory=100KiB")) {
      Answer answer = server.get(LARGE);

      assertThat(answer.status()).as(answer.body()).isEqualTo(422);
      assertThat(answer.body())
          .contains("\"errorType\":\"execution\"")
          .contains("querier.max-query-memory");
      assertThat(server.metric(RESERVED)).isZero();
    }
  }

  @Test
  void queryWithoutAPlaceIs429() throws IOException {
    try (TestServer server = start("--querier.max-concurrent=1", "--querier.max-waiting=0");
        Socket unread = server.open("GET " + LARGE)) {
      TestServer.await("a query runs", () -> server.metric(RUNNING) == 1);

      Answer answer = server.get("/api/v1/query?query=m");

      assertThat(answer.status()).as(answer.body()).isEqualTo(429);
      assertThat(Integer.parseInt(answer.header("retry-after"))).isPositive();
      assertThat(answer.body())
          .contains("\"errorType\":\"unavailable\"")
          .contains("querier.max-concurrent");
      assertThat(unread.isConnected()).isTrue();
    }
  }

  @Test
  void queryThatWaitsForAPlaceTooLongIs503() throws IOException {
    try (TestServer server = start("--querier.max-concurrent=1");
        Socket unread = server.open("GET " + LARGE)) {
      TestServer.await("a query runs", () -> server.metric(RUNNING) == 1);

      Answer answer = server.get("/api/v1/query?query=m&timeout=10ms");

      assertThat(answer.status()).as(answer.body()).isEqualTo(503);
      assertThat(answer.body()).contains("\"errorType\":\"timeout\"");
      assertThat(unread.isConnected()).isTrue();
    }
  }

  @Test
  void clientThatIsGoneEndsItsQueries() throws IOException {
    try (TestServer server = start("--querier.max-concurrent=1")) {
      Socket sent = server.open("GET " + LARGE);
      TestServer.await("a query runs", () -> server.metric(RUNNING) == 1);
      Socket queued = server.open("GET " + LARGE);
      TestServer.await("a query waits", () -> server.metric(WAITING) == 1);

      queued.close();
      TestServer.await("the queue is empty", () -> server.metric(WAITING) == 0);
      assertThat(server.metric(RUNNING)).isEqualTo(1);
      TestServer.await("counted as canceled", () -> server.metric(CANCELED) == 1);

      sent.close();
      TestServer.await("nothing runs", () -> server.metric(RUNNING) == 0);
      TestServer.await("counted as canceled", () -> server.metric(CANCELED) == 2);
      assertThat(server.metric(RESERVED)).isZero();
      assertThat(server.get("/api/v1/query?query=1").status()).isEqualTo(200);
    }
  }

  @Test
  void clientThatIsGoneEndsAQueryInTheMidstOfOneSeries() throws IOException {
    // One series with a million samples in each of 10,000 ranges: hours of work without a first
    // byte to send. The sub-query's samples are reserved before that work begins.
    String endless =
        "/api/v1/query_range?start=0&end=10000&step=1&query="
            + TestServer.encode("quantile_over_time(0.5, vector(time())[1000s:1ms])");
    try (TestServer server =
        start("--querier.max-query-memory=1GiB", "--querier.total-query-memory=1GiB")) {
      Socket client = server.open("GET " + endless);
      TestServer.await("it evaluates", () -> server.metric(RESERVED) > 200_000_000);
      assertThat(server.metric(RUNNING)).isEqualTo(1);

      client.close();

      TestServer.await("nothing runs", () -> server.metric(RUNNING) == 0);
      TestServer.await("counted as canceled", () -> server.metric(CANCELED) == 1);
      assertThat(server.metric(RESERVED)).isZero();
    }
  }

  @Test
  void stopDoesNotWaitForASlowClient() throws IOException {
    TestServer server = start("--server.shutdown-timeout=1s");
    try (Socket unread = server.open("GET " + LARGE)) {
      TestServer.await("a query runs", () -> server.metric(RUNNING) == 1);
      long startNanos = System.nanoTime();

      server.close();

      assertThat(Duration.ofNanos(System.nanoTime() - startNanos))
          .isLessThan(Duration.ofSeconds(10));
      assertThat(unread.isConnected()).isTrue();
    }
  }

  @Test
  void clientThatTakesNothingLosesItsAnswerAndItsPlace() throws IOException {
    TestServer server = start("--server.client-timeout=200ms");
    try (Socket unread = server.open("GET " + LARGE)) {
      TestServer.await("a query runs", () -> server.metric(RUNNING) == 1);

      TestServer.await("its place is free", () -> server.metric(RUNNING) == 0);
      assertThat(unread.isConnected()).isTrue();
    }
  }

  @Test
  void readinessTellsHowFarTheStartHasCome() {
    var config = Main.bind(java.util.List.of("--server.http-listen-address=127.0.0.1:0"));
    Readiness readiness = new Readiness();
    ReplayProgress progress = new ReplayProgress(readiness);
    try (HttpFrontDoor door =
        new HttpFrontDoor(
            config.server(),
            readiness,
            new io.prometheus.metrics.model.registry.PrometheusRegistry())) {
      progress.update(1, 4, 25_000_000, 100_000_000);
      String url = "http://" + door.address();

      Answer ready = TestServer.getFrom(url, "/ready");
      assertThat(ready.status()).isEqualTo(503);
      assertThat(ready.body()).contains("25 % of 100 MB, file 1 of 4");
      Answer push = TestServer.getFrom(url, "/api/v1/push");
      assertThat(push.status()).isEqualTo(503);
      assertThat(push.header("retry-after")).isEqualTo("5");
      assertThat(push.body()).contains("starting").contains("25 %");
      assertThat(TestServer.getFrom(url, "/api/v1/query?query=1").body())
          .startsWith("{\"status\":\"error\",\"errorType\":\"unavailable\"");
      assertThat(TestServer.getFrom(url, "/-/healthy").status()).isEqualTo(200);

      progress.end();
      assertThat(TestServer.getFrom(url, "/ready").body()).isEqualTo("ready\n");
    }
  }
}
