package io.pallium.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.server.TestServer.Answer;
import io.pallium.server.scrape.RemoteWriteBody;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Limits that are a tenant's own, over HTTP.
class TenantLimitsTest {
  private static final long T0 = 1_700_000_000_000L;

  @TempDir Path directory;

  @Test
  void histogramsOverTheirRateAreLeftOutAndTheRestIsStored() {
    try (TestServer server =
        TestServer.start(
            directory,
            "--limits.native-histogram-ingestion-rate=0.001",
            "--limits.native-histogram-ingestion-burst-size=1")) {
      RemoteWriteBody body = new RemoteWriteBody();
      body.addHistogram(TestServer.labels("__name__", "h1"), T0, 3);
      body.addHistogram(TestServer.labels("__name__", "h2"), T0, 3);
      body.add(TestServer.labels("__name__", "plain"), T0, 1);

      Answer answer = server.push(body.toCompressedBytes());

      assertThat(answer.status()).isEqualTo(429);
      assertThat(answer.body())
          .contains("native_histogram_ingestion_burst_size")
          .contains("err-pallium-native-histogram-rate-limited");
      assertThat(Integer.parseInt(answer.header("retry-after"))).isPositive();
      assertThat(query(server, "plain")).contains("\"1\"");
      assertThat(query(server, "h1")).contains("\"result\":[]");
      assertThat(discarded(server, "samples", "native_histogram_rate_limited", "anonymous"))
          .isEqualTo(2);
    }
  }

  @Test
  void aTenantWithoutHistogramsIsAnsweredWithSuccessAndCounted() {
    try (TestServer server =
        TestServer.start(directory, "--limits.enable-native-histograms=false")) {
      RemoteWriteBody body = new RemoteWriteBody();
      body.addHistogram(TestServer.labels("__name__", "h"), T0, 3);

      assertThat(server.push(body.toCompressedBytes()).status()).isEqualTo(204);

      assertThat(query(server, "h")).contains("\"result\":[]");
      assertThat(discarded(server, "samples", "native_histograms_off", "anonymous")).isEqualTo(1);
    }
  }

  @Test
  void exemplarsAndMetadataAreTheTenantsAndReadAgain() throws IOException {
    Path file = directory.resolve("overrides.yaml");
    Files.writeString(file, "overrides:\n  anonymous: {max_exemplars: -1, max_metadata: 1}\n");
    try (TestServer server =
        TestServer.start(
            directory.resolve("data"),
            "--head.max-exemplars=500",
            "--overrides.file=" + file,
            "--overrides.reload-interval=100ms")) {
      assertThat(server.push(extras(0)).status()).isEqualTo(204);
      assertThat(server.get("/api/v1/query_exemplars?query=m").body()).contains("\"data\":[]");
      assertThat(discarded(server, "exemplars", "exemplars_off", "anonymous")).isEqualTo(1);
      assertThat(discarded(server, "metadata", "max_metadata", "anonymous")).isEqualTo(1);

      Files.writeString(file, "overrides:\n  anonymous: {max_exemplars: 2}\n");
      int[] next = {1};
      TestServer.await(
          "taken over",
          () ->
              server.push(extras(next[0]++)).status() == 204
                  && server.get("/api/v1/query_exemplars?query=m").body().contains("trace"));
      for (int i = 0; i < 3; i++) {
        assertThat(server.push(extras(next[0]++)).status()).isEqualTo(204);
      }

      String exemplars = server.get("/api/v1/query_exemplars?query=m").body();
      assertThat(exemplars.split("\"trace\"", -1)).hasSize(3);
      assertThat(server.get("/api/v1/metadata").body()).contains("\"a\"").contains("\"b\"");
    }
  }

  private static byte[] extras(long number) {
    RemoteWriteBody body = new RemoteWriteBody();
    long timestampMs = T0 + number;
    body.addWithExemplar(
        TestServer.labels("__name__", "m"), timestampMs, 1, Map.of("trace", "" + number));
    body.addMetadata("a", 1, "first");
    body.addMetadata("b", 1, "second");
    return body.toCompressedBytes();
  }

  private static double discarded(TestServer server, String what, String reason, String tenant) {
    return server.metric(
        "pallium_discarded_"
            + what
            + "_total{reason=\""
            + reason
            + "\",tenant=\""
            + tenant
            + "\"}");
  }

  private static String query(TestServer server, String query) {
    return server.get("/api/v1/query?query=" + query + "&time=1700000000").body();
  }
}
