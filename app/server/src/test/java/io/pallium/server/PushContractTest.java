package io.pallium.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.server.TestServer.Answer;
import io.pallium.server.scrape.RemoteWriteBody;
import io.pallium.tsdb.file.SimulatedFiles;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a sender of remote write is answered, case by case.
class PushContractTest {
  private static final long T0 = 1_700_000_000_000L;

  @TempDir Path directory;

  @Test
  void allThreePathsStore() {
    try (TestServer server = TestServer.start(directory)) {
      for (String path : List.of("/api/v1/push", "/api/prom/push", "/api/v1/write")) {
        Answer answer =
            server.pushTo(path, TestServer.sample(T0, 1, "__name__", "up", "path", path));

        assertThat(answer.status()).as(answer.body()).isEqualTo(204);
        assertThat(answer.body()).isEmpty();
      }

      assertThat(query(server, "count(up)")).contains("\"value\":[1700000000,\"3\"]");
    }
  }

  @Test
  void equalSampleAgainIsSuccess() {
    try (TestServer server = TestServer.start(directory)) {
      byte[] body = TestServer.sample(T0, Double.NaN, "__name__", "up");

      assertThat(server.push(body).status()).isEqualTo(204);
      assertThat(server.push(body).status()).isEqualTo(204);
    }
  }

  @Test
  void invalidSeriesIsLeftOutAndTheRestIsStored() {
    try (TestServer server = TestServer.start(directory)) {
      RemoteWriteBody body = new RemoteWriteBody();
      body.add(TestServer.labels("__name__", "good", "at", "first"), T0, 1);
      body.add(TestServer.labels("job", "nameless"), T0, 2);
      body.add(TestServer.labels("__name__", "good", "at", "last"), T0, 3);

      Answer answer = server.push(body.toCompressedBytes());

      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.body()).contains("(err-pallium-missing-metric-name)");
      assertThat(answer.header("content-type")).startsWith("text/plain");
      assertThat(query(server, "count(good)")).contains("\"2\"");
      assertThat(
              server.metric(
                  "pallium_discarded_samples_total{reason=\"missing_metric_name\",tenant=\"anonymous\"}"))
          .isEqualTo(1);
    }
  }

  @Test
  void otherValueForATimestampIsRefused() {
    try (TestServer server = TestServer.start(directory)) {
      assertThat(server.push(TestServer.sample(T0, 1, "__name__", "up")).status()).isEqualTo(204);

      Answer answer = server.push(TestServer.sample(T0, 2, "__name__", "up"));

      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.body()).contains("err-pallium-");
    }
  }

  @Test
  void seriesLimitRefusesTheSeriesAndStoresTheRest() {
    try (TestServer server = TestServer.start(directory, "--limits.max-series-per-tenant=2")) {
      RemoteWriteBody body = new RemoteWriteBody();
      for (int i = 0; i < 3; i++) {
        body.add(TestServer.labels("__name__", "m", "i", "" + i), T0, i);
      }

      Answer answer = server.push(body.toCompressedBytes());

      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.body()).contains("err-pallium-max-series-per-tenant");
      assertThat(query(server, "count(m)")).contains("\"2\"");
    }
  }

  @Test
  void theGraceForTheFutureIsTheTenants() {
    try (TestServer server = TestServer.start(directory, "--limits.creation-grace-period=1h")) {
      long aheadMs = System.currentTimeMillis() + 30 * 60_000;

      assertThat(server.push(TestServer.sample(aheadMs, 1, "__name__", "up")).status())
          .isEqualTo(204);
      Answer tooFar = server.push(TestServer.sample(aheadMs + 3_600_000, 1, "__name__", "up"));
      assertThat(tooFar.status()).isEqualTo(400);
      assertThat(tooFar.body())
          .contains("err-pallium-too-far-in-future")
          .contains("creation_grace_period");
    }
  }

  @Test
  void requestsThatAreRefusedAtTheDoorAreCounted() {
    try (TestServer server = TestServer.start(directory, "--auth.enabled=true")) {
      byte[] body = TestServer.sample(T0, 1, "__name__", "up");

      assertThat(server.push(body).status()).isEqualTo(401);
      assertThat(server.push(body, "X-Scope-OrgID", "team-a", "Content-Encoding", "gzip").status())
          .isEqualTo(415);

      assertThat(
              server.metric(
                  "pallium_distributor_failed_requests_total{kind=\"tenant_missing\",tenant=\"\"}"))
          .isEqualTo(1);
      assertThat(
              server.metric(
                  "pallium_distributor_failed_requests_total{kind=\"unsupported_media_type\",tenant=\"team-a\"}"))
          .isEqualTo(1);
    }
  }

  @Test
  void otherContentTypesAndEncodingsAre415() {
    try (TestServer server = TestServer.start(directory)) {
      byte[] body = TestServer.sample(T0, 1, "__name__", "up");

      assertThat(server.push(body, "Content-Type", "application/json").status()).isEqualTo(415);
      assertThat(server.push(body, "Content-Type", "nonsense").status()).isEqualTo(415);
      assertThat(server.push(body, "Content-Encoding", "gzip").status()).isEqualTo(415);
      Answer unknown =
          server.push(
              body, "Content-Type", "application/x-protobuf;proto=io.prometheus.write.v3.Request");
      assertThat(unknown.status()).isEqualTo(415);
      assertThat(unknown.body()).contains("remote write 1.0 or 2.0");
      assertThat(
              server
                  .push(
                      body, "Content-Type", "application/x-protobuf;proto=prometheus.WriteRequest")
                  .status())
          .isEqualTo(204);
    }
  }

  @Test
  void undecodableBodiesAre400() {
    try (TestServer server = TestServer.start(directory)) {
      byte[] body = TestServer.sample(T0, 1, "__name__", "up");
      byte[] cut = java.util.Arrays.copyOf(body, body.length - 3);

      assertThat(server.push(cut).status()).isEqualTo(400);
      assertThat(server.push(new byte[0]).status()).isEqualTo(400);
      assertThat(server.push("{}".getBytes(StandardCharsets.UTF_8)).status()).isEqualTo(400);
      assertThat(query(server, "up")).contains("\"result\":[]");
    }
  }

  @Test
  void emptyRequestIsStored() {
    try (TestServer server = TestServer.start(directory)) {
      assertThat(server.push(new RemoteWriteBody().toCompressedBytes()).status()).isEqualTo(204);
    }
  }

  @Test
  void largeBodiesAre413() {
    try (TestServer server =
        TestServer.start(
            directory,
            "--distributor.max-compressed-body-size=2KiB",
            "--distributor.max-inflated-body-size=64KiB")) {
      Answer compressed = server.push(new byte[10_000]);
      byte[] bomb = new byte[1000];
      bomb[0] = (byte) 0x80;
      bomb[1] = (byte) 0x80;
      bomb[2] = (byte) 0x40;
      Answer inflated = server.push(bomb);

      assertThat(compressed.status()).isEqualTo(413);
      assertThat(compressed.body()).contains("max-compressed-body-size").contains("2048");
      assertThat(inflated.status()).isEqualTo(413);
      assertThat(inflated.body()).contains("max_inflated_body_size").contains("65536");
    }
  }

  @Test
  void tenantIsNeededWhereAuthenticationIsOn() {
    try (TestServer server = TestServer.start(directory, "--auth.enabled=true")) {
      byte[] body = TestServer.sample(T0, 1, "__name__", "up");

      Answer none = server.push(body);
      assertThat(none.status()).isEqualTo(401);
      assertThat(none.body()).contains("X-Scope-OrgID");
      assertThat(server.push(body, "X-Scope-OrgID", "a/b").status()).isEqualTo(401);
      assertThat(server.push(body, "X-Scope-OrgID", "..").status()).isEqualTo(401);
      assertThat(server.push(body, "X-Scope-OrgID", "a".repeat(151)).status()).isEqualTo(401);
      assertThat(server.push(body, "X-Scope-OrgID", "a", "X-Scope-OrgID", "b").status())
          .isEqualTo(401);
      assertThat(server.push(body, "X-Scope-OrgID", "team-a").status()).isEqualTo(204);
      assertThat(server.get("/api/v1/query?query=up").status()).isEqualTo(401);
      assertThat(
              server
                  .get("/api/v1/query?query=up&time=1700000000", "X-Scope-OrgID", "team-b")
                  .body())
          .contains("\"result\":[]");
    }
  }

  @Test
  void tenantOverItsRateIsRefusedWhole() {
    try (TestServer server =
        TestServer.start(
            directory, "--limits.ingestion-rate=0.001", "--limits.ingestion-burst-size=1")) {
      assertThat(server.push(TestServer.sample(T0, 1, "__name__", "a")).status()).isEqualTo(204);

      Answer answer = server.push(TestServer.sample(T0, 1, "__name__", "b"));

      assertThat(answer.status()).isEqualTo(429);
      assertThat(Integer.parseInt(answer.header("retry-after"))).isPositive();
      assertThat(query(server, "b")).contains("\"result\":[]");
    }
  }

  @Test
  void failedLogIsUnavailableWhateverElseWasWrong() {
    SimulatedFiles files = new SimulatedFiles(1);
    Path simulated = Path.of("/simulated");
    try (TestServer server = TestServer.start(files, simulated)) {
      files.setForceFails(true);
      RemoteWriteBody partlyInvalid = new RemoteWriteBody();
      partlyInvalid.add(TestServer.labels("job", "nameless"), T0, 1);
      partlyInvalid.add(TestServer.labels("__name__", "up"), T0, 1);

      Answer first = server.push(partlyInvalid.toCompressedBytes());
      files.setForceFails(false);
      Answer later = server.push(TestServer.sample(T0, 1, "__name__", "up"));

      for (Answer answer : List.of(first, later)) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(503);
        assertThat(Integer.parseInt(answer.header("retry-after"))).isPositive();
      }
    }
  }

  @Test
  void fullDiskIsUnavailable() {
    SimulatedFiles files = new SimulatedFiles(1);
    files.setFreeBytes(1 << 20);
    try (TestServer server =
        TestServer.start(files, Path.of("/simulated"), "--log.min-free-bytes=2000000")) {
      Answer answer = server.push(TestServer.sample(T0, 1, "__name__", "up"));

      assertThat(answer.status()).as(answer.body()).isEqualTo(503);
      assertThat(answer.body()).contains("2000000");
      assertThat(Integer.parseInt(answer.header("retry-after"))).isPositive();
    }
  }

  @Test
  void bodiesThatAreExpectedTakeTheRoomOfWaitingOnes() throws IOException {
    assertTakesRoom(PushContractTest::openUnfinished);
  }

  @Test
  void bodiesThatDoNotSayTheirLengthTakeTheRoomOfWaitingOnesAsTheyCome() throws IOException {
    assertTakesRoom(PushContractTest::openUnfinishedChunk);
  }

  private void assertTakesRoom(Function<TestServer, Socket> open) throws IOException {
    byte[] body = TestServer.sample(T0, 1, "__name__", "up");
    try (TestServer server =
        TestServer.start(
            directory,
            "--distributor.max-compressed-body-size=1KiB",
            "--distributor.max-inflated-body-size=1KiB",
            "--distributor.max-inflight-size=1KiB")) {
      List<Socket> unfinished = new ArrayList<>();
      try {
        // One may find the room taken by the body that is tried, and be refused itself.
        TestServer.await(
            "refused",
            () -> {
              unfinished.add(open.apply(server));
              return server.push(body).status() == 503;
            });
        Answer answer = server.push(body);

        assertThat(answer.body()).contains("distributor.max-inflight-size");
        assertThat(Integer.parseInt(answer.header("retry-after"))).isPositive();
      } finally {
        for (Socket socket : unfinished) {
          socket.close();
        }
      }
      TestServer.await("taken", () -> server.push(body).status() == 204);
    }
  }

  @Test
  void bodiesThatDoNotComeGiveTheirRoomBack() throws Exception {
    byte[] body = TestServer.sample(T0, 1, "__name__", "up");
    try (TestServer server =
        TestServer.start(
            directory,
            "--server.client-timeout=500ms",
            "--distributor.max-compressed-body-size=1KiB",
            "--distributor.max-inflated-body-size=1KiB",
            "--distributor.max-inflight-size=1KiB")) {
      try (Socket unfinished = openUnfinished(server)) {
        String answer = "";
        while (!answer.contains("server.client-timeout")) {
          answer += TestServer.read(unfinished.getInputStream(), 1);
        }

        assertThat(answer).contains("503").contains("retry-after: 5");
        TestServer.await("taken", () -> server.push(body).status() == 204);
      }
    }
  }

  @Test
  void stoppingServerRefusesAndSaysSo() throws Exception {
    TestServer server = TestServer.start(directory, "--server.shutdown-timeout=60s");
    Thread stopping = Thread.ofPlatform().unstarted(server::close);
    // A request that is not over keeps the door open.
    try (Socket unfinished =
            server.open("POST /api/v1/push HTTP/1.1\r\nContent-Length: 100\r\nX:");
        Socket idle = server.open("GET /-/healthy")) {
      TestServer.read(idle.getInputStream(), 10);
      stopping.start();
      TestServer.await("not ready", () -> notReady(idle));
      byte[] body = TestServer.sample(T0, 1, "__name__", "up");
      idle.getOutputStream()
          .write(
              ("POST /api/v1/push HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-protobuf\r\n"
                      + "Content-Encoding: snappy\r\nConnection: close\r\nContent-Length: "
                      + body.length
                      + "\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      idle.getOutputStream().write(body);
      String answer = TestServer.read(idle.getInputStream(), Integer.MAX_VALUE);

      assertThat(answer).contains("503 Service Unavailable").contains("retry-after: 5");
      assertThat(answer).contains("this node is stopping");
    }
    stopping.join();
  }

  @Test
  void overridesAreReadAgainAndABadFileKeepsTheOld() throws IOException {
    Path file = directory.resolve("overrides.yaml");
    Files.writeString(file, "overrides:\n  anonymous:\n    max_label_names_per_series: 2\n");
    try (TestServer server =
        TestServer.start(
            directory.resolve("data"),
            "--overrides.file=" + file,
            "--overrides.reload-interval=100ms")) {
      byte[] threeLabels = TestServer.sample(T0, 1, "__name__", "m", "a", "1", "b", "2");
      assertThat(server.push(threeLabels).body())
          .contains("err-pallium-max-label-names-per-series");

      Files.writeString(file, "overrides:\n  anonymous:\n    max_label_names_per_serie: 3\n");
      TestServer.await(
          "shown as bad", () -> server.metric("pallium_overrides_last_reload_successful") == 0);
      Answer ready = server.get("/ready");
      assertThat(ready.status()).isEqualTo(200);
      assertThat(ready.body())
          .contains("overrides.yaml:3")
          .contains("max_label_names_per_serie")
          .contains("did you mean");
      assertThat(server.push(threeLabels).status()).isEqualTo(400);

      Files.writeString(file, "overrides:\n  anonymous:\n    max_label_names_per_series: 3\n");
      TestServer.await(
          "shown as good", () -> server.metric("pallium_overrides_last_reload_successful") == 1);
      assertThat(server.get("/ready").body()).isEqualTo("ready\n");
      assertThat(server.push(threeLabels).status()).isEqualTo(204);
    }
  }

  @Test
  void pushIsOnlyPost() {
    try (TestServer server = TestServer.start(directory)) {
      Answer answer = server.get("/api/v1/push");

      assertThat(answer.status()).isEqualTo(405);
      assertThat(answer.header("allow")).isEqualTo("POST");
    }
  }

  private static Socket openUnfinishedChunk(TestServer server) {
    try {
      Socket socket =
          server.open(
              "POST /api/v1/push HTTP/1.1\r\nContent-Type: application/x-protobuf\r\n"
                  + "Transfer-Encoding: chunked\r\nX:");
      socket.getOutputStream().write("400\r\n".getBytes(StandardCharsets.US_ASCII));
      socket.getOutputStream().write(new byte[1024]);
      return socket;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static Socket openUnfinished(TestServer server) {
    try {
      return server.open(
          "POST /api/v1/push HTTP/1.1\r\nContent-Type: application/x-protobuf\r\n"
              + "Content-Length: 1024\r\nX:");
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static boolean notReady(Socket connection) {
    try {
      connection
          .getOutputStream()
          .write("GET /ready HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      byte[] answer = new byte[4096];
      int length = connection.getInputStream().read(answer);
      String text = new String(answer, 0, length, StandardCharsets.US_ASCII);
      return text.contains("stopping");
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static String query(TestServer server, String query) {
    return server.get("/api/v1/query?time=1700000000&query=" + TestServer.encode(query)).body();
  }
}
