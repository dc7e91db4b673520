package io.pallium.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Blocks that lie in the store, which is a directory where nothing is configured.
class StoredBlocksTest {
  private static final String DELETE = "/api/v1/admin/tsdb/delete_series";
  private static final long NOW_MS = System.currentTimeMillis();

  @TempDir Path directory;

  /// A server whose local copies go at once.
  private TestServer start(String... more) {
    String[] flags = {
      "--server.admin-api=true",
      "--shipper.local-retention=1ms",
      "--shipper.interval=50ms",
      "--store-gateway.sync-interval=0s",
      "--store-gateway.max-staleness=0s"
    };
    return TestServer.start(
        directory, Stream.concat(Stream.of(flags), Stream.of(more)).toArray(String[]::new));
  }

  private static void push(TestServer server, String name, long fromMs) {
    for (int i = 0; i < 10; i++) {
      byte[] body = TestServer.sample(fromMs + i * 1_000, i, "__name__", name);
      assertThat(server.push(body).status() / 100).isEqualTo(2);
    }
  }

  private static TestServer.Answer count(TestServer server, String selector) {
    String query = "sum(count_over_time(" + selector + "[1h]))";
    return server.get("/api/v1/query?query=" + TestServer.encode(query));
  }

  private static void assertCount(TestServer server, String selector, int count) {
    TestServer.Answer answer = count(server, selector);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    assertThat(answer.body()).contains(count == 0 ? "\"result\":[]" : ",\"" + count + "\"]}]");
  }

  /// Cuts and ships what is there, and waits until it is only in the store.
  private static void store(TestServer server) {
    assertThat(server.post("/ingester/flush?wait=true", "").status()).isEqualTo(204);
    TestServer.await("no blocks here", () -> server.metric("pallium_blocks") == 0);
  }

  private List<Path> objects(String name) throws IOException {
    try (Stream<Path> files = Files.walk(directory.resolve("objects"))) {
      return files.filter(file -> file.endsWith(name)).toList();
    }
  }

  @Test
  void samplesAreThereWhenTheirBlockIsOnlyInTheStore() throws IOException {
    try (TestServer server = start()) {
      push(server, "a", NOW_MS - 60_000);
      store(server);
      assertThat(objects("meta.json")).hasSize(1);
      assertThat(directory.resolve("objects/anonymous/bucket-index.json.gz")).exists();
      assertCount(server, "a", 10);

      push(server, "a", NOW_MS - 30_000);
      assertCount(server, "a", 20);
      store(server);

      assertCount(server, "a", 20);
      assertThat(server.metric("pallium_shipper_blocks_total")).isEqualTo(2);
      assertThat(server.metric("pallium_shipper_released_blocks_total")).isEqualTo(2);
      assertThat(server.metric("pallium_shipper_failures_total")).isZero();
    }
    try (TestServer server = start()) {
      assertCount(server, "a", 20);
      assertThat(server.get("/api/v1/label/__name__/values").body()).contains("[\"a\"]");
      // What lies in blocks of the store is not taken a second time.
      assertThat(server.push(TestServer.sample(NOW_MS - 59_500, 1, "__name__", "a")).status())
          .isEqualTo(400);
    }
  }

  @Test
  void deletedSamplesOfTheStoreNeverComeBack() {
    try (TestServer server = start()) {
      push(server, "a", NOW_MS - 60_000);
      push(server, "b", NOW_MS - 60_000);
      store(server);
      assertCount(server, "a", 10);

      String from = Double.toString((NOW_MS - 55_000) / 1000.0);
      assertThat(server.post(DELETE, "match[]=a&start=" + from).status()).isEqualTo(204);

      assertCount(server, "a", 5);
      assertCount(server, "b", 10);
    }
    try (TestServer server = start()) {
      assertCount(server, "a", 5);
      assertThat(server.post(DELETE, "match[]=a").status()).isEqualTo(204);
      assertCount(server, "a", 0);
      assertCount(server, "b", 10);
    }
  }

  @Test
  void whatWasDeletedBeforeABlockWasShippedIsDeletedInTheStoreToo() {
    try (TestServer server = start("--shipper.enabled=false", "--shipper.local-retention=0s")) {
      push(server, "a", NOW_MS - 60_000);
      push(server, "b", NOW_MS - 60_000);
      assertThat(server.post("/ingester/flush?wait=true", "").status()).isEqualTo(204);
      assertThat(server.post(DELETE, "match[]=a").status()).isEqualTo(204);
    }
    try (TestServer server = start()) {
      TestServer.await("no blocks here", () -> server.metric("pallium_blocks") == 0);

      assertCount(server, "a", 0);
      assertCount(server, "b", 10);
    }
  }

  @Test
  void blockThatCannotBeReadFailsTheQueriesThatNeedIt() throws IOException {
    try (TestServer server = start()) {
      push(server, "a", NOW_MS - 60_000);
      store(server);
      push(server, "b", NOW_MS - 10_000);
      Path chunks = objects("000001").getFirst();
      byte[] whole = Files.readAllBytes(chunks);
      Files.delete(chunks);

      TestServer.Answer answer = count(server, "a");

      assertThat(answer.status()).isGreaterThanOrEqualTo(500);
      assertThat(answer.body())
          .contains("of tenant anonymous has 0 files of chunks in the store, 1 are listed");
      String recent = "/api/v1/query?query=b&time=" + (NOW_MS - 1_000) / 1000.0;
      assertThat(server.get(recent + "&lookback_delta=20s").status()).isEqualTo(200);
      Files.write(chunks, whole);
      assertCount(server, "a", 10);
    }
  }
}
