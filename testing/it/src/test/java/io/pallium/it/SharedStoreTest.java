package io.pallium.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.server.scrape.RemoteWriteBody;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Three processes and a store in a directory that all can reach: the ingester ships its blocks,
/// and the querier reads them when the ingester has them no more.
@Tag("system")
class SharedStoreTest {
  @TempDir Path directory;

  @Test
  void querierReadsWhatTheIngesterShipped() throws IOException {
    long nowMs = System.currentTimeMillis();
    try (Topology system =
        Topology.start(
            Topology.Form.THREE_PROCESSES,
            directory,
            "--storage.filesystem.directory=" + directory.resolve("store"),
            "--storage.filesystem.create-if-missing=true",
            "--shipper.local-retention=100ms",
            "--shipper.interval=100ms",
            "--store-gateway.sync-interval=0s",
            "--store-gateway.max-staleness=0s")) {
      push(system, nowMs - 60_000);
      assertThat(count(system)).contains(",\"1\"]");
      HttpResponse<String> flushed =
          system.keeper().post("team-a", "/ingester/flush?wait=true", Map.of());
      assertThat(flushed.statusCode()).as(flushed.body()).isEqualTo(204);
      push(system, nowMs - 30_000);
      Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> system.keeper().get("", "/metrics").body().contains("\npallium_blocks 0.0"));

      assertThat(count(system)).contains(",\"2\"]");
      assertThat(
              system.reader().ask("team-b", "query", Map.of("query", "shared_series[10m]")).body())
          .contains("\"result\":[]");
    }
  }

  private static void push(Topology system, long timestampMs) throws IOException {
    RemoteWriteBody body = new RemoteWriteBody();
    body.add(Map.of("__name__", "shared_series"), timestampMs, 1);
    HttpResponse<String> answer = system.writer().push("team-a", body.toCompressedBytes());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(204);
  }

  private static String count(Topology system) throws IOException {
    return system
        .reader()
        .ask("team-a", "query", Map.of("query", "count_over_time(shared_series[10m])"))
        .body();
  }
}
