package io.pallium.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A start looks whether the store is the one that blocks of its directory lie in, and whether it
/// is one for blocks at all.
class StoreAtStartTest {
  private static final long NOW_MS = System.currentTimeMillis();
  private static final String ID = "__markers__/pallium-store.json";

  @TempDir Path directory;

  private TestServer start(String... more) {
    String[] flags = {
      "--server.admin-api=true",
      "--shipper.local-retention=1ms",
      "--shipper.interval=50ms",
      "--store-gateway.sync-interval=0s",
      "--store-gateway.max-staleness=0s"
    };
    return TestServer.start(
        directory.resolve("data"),
        Stream.concat(Stream.of(flags), Stream.of(more)).toArray(String[]::new));
  }

  private String in(String folder) {
    return "--storage.filesystem.directory=" + directory.resolve(folder);
  }

  /// Ten samples that are only in the store in the end.
  private static void ship(TestServer server, long fromMs) {
    for (int i = 0; i < 10; i++) {
      byte[] body = TestServer.sample(fromMs + i * 1_000, i, "__name__", "a");
      assertThat(server.push(body).status() / 100).isEqualTo(2);
    }
    assertThat(server.post("/ingester/flush?wait=true", "").status()).isEqualTo(204);
    TestServer.await("no blocks here", () -> server.metric("pallium_blocks") == 0);
  }

  private static void assertCount(TestServer server, int count) {
    String query = TestServer.encode("sum(count_over_time(a[1h]))");
    TestServer.Answer answer = server.get("/api/v1/query?query=" + query);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    assertThat(answer.body()).contains(count == 0 ? "\"result\":[]" : ",\"" + count + "\"]}]");
  }

  private String id(String store) throws IOException {
    return Files.readString(directory.resolve(store).resolve(ID))
        .replaceAll(".*\"id\":\"|\".*", "");
  }

  @Test
  void anotherStoreIsRefusedUntilTheFormerOneIsForgotten() throws IOException {
    try (TestServer server = start()) {
      ship(server, NOW_MS - 60_000);
    }
    String former = id("data/objects");
    Path other = Files.createDirectory(directory.resolve("other"));

    assertThatThrownBy(() -> start(in("other")))
        .hasMessageContaining(former)
        .hasMessageContaining("directory " + directory.resolve("data/objects"))
        .hasMessageContaining("directory " + other)
        .hasMessageContaining("pallium tool store copy")
        .hasMessageContaining("storage.forgotten_store=" + former);
    assertThat(other).isEmptyDirectory();

    try (TestServer server = start(in("other"), "--storage.forgotten-store=" + former)) {
      assertCount(server, 0);
      ship(server, NOW_MS - 30_000);
      assertCount(server, 10);
    }
    try (TestServer server = start(in("other"))) {
      assertCount(server, 10);
    }
    assertThatThrownBy(() -> start()).hasMessageContaining(id("other"));
  }

  @Test
  void whatIsStillHereIsShippedToTheNextStore() throws IOException {
    try (TestServer server = start("--shipper.local-retention=0s")) {
      for (int i = 0; i < 10; i++) {
        server.push(TestServer.sample(NOW_MS - 60_000 + i * 1_000, i, "__name__", "a"));
      }
      assertThat(server.post("/ingester/flush?wait=true", "").status()).isEqualTo(204);
      assertThat(server.metric("pallium_shipper_blocks_total")).isEqualTo(1);
    }
    Path other = Files.createDirectory(directory.resolve("other"));

    try (TestServer server =
        start(in("other"), "--storage.forgotten-store=" + id("data/objects"))) {
      TestServer.await("no blocks here", () -> server.metric("pallium_blocks") == 0);
      assertCount(server, 10);
    }
    assertThat(other.resolve("anonymous/bucket-index.json.gz")).exists();
  }

  @Test
  void copyIsTheSameStoreWhenItIsWhole() throws IOException {
    try (TestServer server = start()) {
      ship(server, NOW_MS - 60_000);
    }
    Files.createDirectory(directory.resolve("other"));
    String from = "storage:\n  directory: " + directory.resolve("data") + "\n";
    String to = "storage:\n  filesystem:\n    directory: " + directory.resolve("other") + "\n";
    String fromFile = Files.writeString(directory.resolve("from.yaml"), from).toString();
    String toFile = Files.writeString(directory.resolve("to.yaml"), to).toString();
    assertThat(tool("copy", "--from", fromFile, "--to", toFile, "--prefix", "anonymous/")).isZero();
    assertThatThrownBy(() -> start(in("other"))).hasMessageContaining("forgotten_store");

    assertThat(tool("copy", "--from", fromFile, "--to", toFile)).isZero();

    try (TestServer server = start(in("other"))) {
      assertCount(server, 10);
    }
    Files.writeString(directory.resolve("other").resolve(ID), "{\"version\":1,\"id\":\"third\"}");
    assertThat(tool("copy", "--from", fromFile, "--to", toFile)).isOne();
  }

  private static int tool(String... arguments) {
    PrintStream nowhere =
        new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
    return Main.run(
        Stream.concat(Stream.of("tool", "store"), Stream.of(arguments)).toList(), nowhere, nowhere);
  }

  @Test
  void storeThatWasEmptiedIsRefused() throws IOException {
    Files.createDirectory(directory.resolve("store"));
    try (TestServer server = start(in("store"))) {
      ship(server, NOW_MS - 60_000);
    }
    String id = id("store");
    // As where a file system is not mounted.
    Path _ = Files.move(directory.resolve("store"), directory.resolve("elsewhere"));
    Files.createDirectory(directory.resolve("store"));

    assertThatThrownBy(() -> start(in("store")))
        .hasMessageContaining(id)
        .hasMessageContaining("one that nothing was shipped to");
    assertThat(directory.resolve("store")).isEmptyDirectory();
  }

  @Test
  void storeThatVanishesIsNotFilledAnewWhileTheProcessRuns() throws IOException {
    Files.createDirectory(directory.resolve("store"));
    try (TestServer server = start(in("store"))) {
      ship(server, NOW_MS - 60_000);
      Path _ = Files.move(directory.resolve("store"), directory.resolve("elsewhere"));
      Files.createDirectory(directory.resolve("store"));
      server.push(TestServer.sample(NOW_MS - 20_000, 1, "__name__", "a"));
      assertThat(server.post("/ingester/flush?wait=true", "").status()).isEqualTo(204);
      TestServer.await(
          "shipping fails", () -> server.metric("pallium_shipper_failures_total") >= 1);
      assertThat(directory.resolve("store")).isEmptyDirectory();
      assertThat(server.get("/api/v1/query?query=a").status()).isEqualTo(503);

      Files.delete(directory.resolve("store"));
      Path _ = Files.move(directory.resolve("elsewhere"), directory.resolve("store"));
      TestServer.await("no blocks here", () -> server.metric("pallium_blocks") == 0);
      assertCount(server, 11);
    }
  }

  @Test
  void directoryWithSomethingElseIsRefusedAndLeftAsItIs() throws IOException {
    Path home = Files.createDirectory(directory.resolve("home"));
    Files.writeString(home.resolve("letter.txt"), "dear …");
    Files.createDirectory(home.resolve("my pictures"));
    Files.writeString(home.resolve("my pictures/beach.jpg"), "");

    assertThatThrownBy(() -> start(in("home")))
        .hasMessageContaining("directory " + home)
        .hasMessageContaining("holds something else than blocks")
        .hasMessageContaining("letter.txt")
        .hasMessageContaining("storage.prefix");
    try (Stream<Path> left = Files.list(home)) {
      assertThat(left).hasSize(2);
    }
  }

  @Test
  void directoryThatIsNotThereIsMadeOnlyIfThatIsAllowed() {
    assertThatThrownBy(() -> start(in("missing")))
        .hasMessageContaining("\"" + directory.resolve("missing") + "\" does not exist")
        .hasMessageContaining("create_if_missing");
    assertThat(directory.resolve("missing")).doesNotExist();

    try (TestServer server = start(in("missing"), "--storage.filesystem.create-if-missing=true")) {
      ship(server, NOW_MS - 60_000);
      assertCount(server, 10);
    }
  }

  @Test
  void whoDoesNotShipReadsAndDeletesWhatWasShipped() {
    try (TestServer server = start()) {
      ship(server, NOW_MS - 60_000);
    }
    try (TestServer server = start("--shipper.enabled=false")) {
      assertCount(server, 10);
      String from = Double.toString((NOW_MS - 55_000) / 1000.0);
      assertThat(
              server.post("/api/v1/admin/tsdb/delete_series", "match[]=a&start=" + from).status())
          .isEqualTo(204);
      assertCount(server, 5);
      assertThat(server.push(TestServer.sample(NOW_MS - 10_000, 1, "__name__", "a")).status() / 100)
          .isEqualTo(2);
      assertThat(server.post("/ingester/flush?wait=true", "").status()).isEqualTo(204);
      assertThat(server.metric("pallium_blocks")).isEqualTo(1);
    }
    try (TestServer server = start()) {
      assertCount(server, 6);
    }
  }

  @Test
  void ingesterAnswersForAStoreOfItsOwn() {
    try (TestServer server = start()) {
      ship(server, NOW_MS - 60_000);
    }
    try (TestServer ingester = start("--target=ingester");
        TestServer querier =
            TestServer.start(
                directory.resolve("querier"),
                "--target=querier",
                "--cluster.ingesters=" + ingester.url().substring("http://".length()))) {
      assertCount(querier, 10);
    }
  }

  @Test
  void ingesterRefusesWhoDoesNotReadItsStore() {
    String made = "--storage.filesystem.create-if-missing=true";
    try (TestServer server = start(in("store"), made)) {
      ship(server, NOW_MS - 60_000);
    }
    try (TestServer ingester = start("--target=ingester", in("store"))) {
      String address = "--cluster.ingesters=" + ingester.url().substring("http://".length());
      for (String[] others : new String[][] {{}, {in("other"), made}}) {
        String[] flags =
            Stream.concat(Stream.of("--target=querier", address), Stream.of(others))
                .toArray(String[]::new);
        try (TestServer querier = TestServer.start(directory.resolve("querier"), flags)) {
          for (String path : new String[] {"/api/v1/query?query=a", "/api/v1/labels"}) {
            TestServer.Answer answer = querier.get(path);
            assertThat(answer.status()).as(answer.body()).isEqualTo(503);
            assertThat(answer.body()).contains("configure the same storage for both");
          }
        }
      }
      try (TestServer querier =
          TestServer.start(
              directory.resolve("querier"), "--target=querier", address, in("store"))) {
        assertCount(querier, 10);
      }
    }
  }
}
