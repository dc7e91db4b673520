package io.pallium.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdminApiTest {
  private static final String DELETE = "/api/v1/admin/tsdb/delete_series";
  private static final String CLEAN = "/api/v1/admin/tsdb/clean_tombstones";
  private static final long NOW_MS = System.currentTimeMillis();

  @TempDir Path directory;

  private static long count(TestServer server, String name, String... headers) {
    String query = "sum(count_over_time(" + name + "[1h]))";
    String body = server.get("/api/v1/query?query=" + TestServer.encode(query), headers).body();
    int at = body.lastIndexOf(",\"");
    return body.contains("\"result\":[]")
        ? 0
        : Long.parseLong(body.substring(at + 2, body.indexOf('"', at + 2)));
  }

  private static void push(TestServer server, String name, String... headers) {
    for (int i = 0; i < 10; i++) {
      byte[] body = TestServer.sample(NOW_MS - 60_000 + i * 1_000, i, "__name__", name);
      assertThat(server.push(body, headers).status() / 100).isEqualTo(2);
    }
  }

  private static String seconds(long timeMs) {
    return Double.toString(timeMs / 1000.0);
  }

  @Test
  void deletionIsRefusedUnlessItIsSwitchedOn() {
    try (TestServer server = TestServer.start(directory)) {
      TestServer.Answer answer = server.post(DELETE + "?match[]=up", "");

      assertThat(answer.status()).isEqualTo(503);
      assertThat(answer.body())
          .isEqualTo(
              "{\"status\":\"error\",\"errorType\":\"unavailable\","
                  + "\"error\":\"admin APIs disabled\"}");
      assertThat(server.post(CLEAN, "").status()).isEqualTo(503);
    }
  }

  @Test
  void deletedSeriesAreGoneAtOnceAndForGood() {
    try (TestServer server = TestServer.start(directory, "--server.admin-api=true")) {
      push(server, "a");
      push(server, "b");
      assertThat(server.post("/ingester/flush?wait=true", "").status()).isEqualTo(204);
      byte[] more = TestServer.sample(NOW_MS - 40_000, 10, "__name__", "a");
      assertThat(server.push(more).status() / 100).isEqualTo(2);
      assertThat(count(server, "a")).isEqualTo(11);

      // The last five of the block, and the one in the head.
      TestServer.Answer answer = server.post(DELETE, "match[]=a&start=" + seconds(NOW_MS - 55_000));

      assertThat(answer.status()).isEqualTo(204);
      assertThat(answer.body()).isEmpty();
      assertThat(count(server, "a")).isEqualTo(5);
      assertThat(count(server, "b")).isEqualTo(10);
      assertThat(server.post(CLEAN, "").status()).isEqualTo(204);
      assertThat(count(server, "a")).isEqualTo(5);
      assertThat(server.metric("pallium_compactions_total")).isEqualTo(1);
    }
    try (TestServer server = TestServer.start(directory)) {
      assertThat(count(server, "a")).isEqualTo(5);
      assertThat(count(server, "b")).isEqualTo(10);
    }
  }

  @Test
  void aTenantDeletesItsOwnSeriesOnly() {
    try (TestServer server =
        TestServer.start(directory, "--server.admin-api=true", "--auth.enabled=true")) {
      push(server, "a", "X-Scope-OrgID", "one");
      push(server, "a", "X-Scope-OrgID", "two");

      assertThat(server.post(DELETE, "match[]=a").status()).isEqualTo(401);
      assertThat(server.post(DELETE, "match[]=a", "X-Scope-OrgID", "one").status()).isEqualTo(204);

      assertThat(count(server, "a", "X-Scope-OrgID", "one")).isZero();
      assertThat(count(server, "a", "X-Scope-OrgID", "two")).isEqualTo(10);
    }
  }

  @Test
  void wrongCallsAreWordedAsPrometheusWordsThem() {
    try (TestServer server = TestServer.start(directory, "--server.admin-api=true")) {
      assertThat(server.post(DELETE, "").body())
          .contains("\"errorType\":\"bad_data\",\"error\":\"no match[] parameter provided\"");
      assertThat(server.post(DELETE, "match[]=a&start=x").status()).isEqualTo(400);
      assertThat(server.post(DELETE, "match[]={}").status()).isEqualTo(400);
      assertThat(server.get(DELETE + "?match[]=a").status()).isEqualTo(405);
      assertThat(server.get("/ingester/flush").status()).isEqualTo(405);
    }
  }

  @Test
  void flushCutsTheHeadOfAllTenants() {
    try (TestServer server = TestServer.start(directory, "--auth.enabled=true")) {
      push(server, "a", "X-Scope-OrgID", "one");
      push(server, "a", "X-Scope-OrgID", "two");

      assertThat(server.post("/ingester/flush?wait=true", "", "X-Scope-OrgID", "one").status())
          .isEqualTo(204);

      assertThat(server.metric("pallium_blocks")).isEqualTo(2);
      assertThat(count(server, "a", "X-Scope-OrgID", "two")).isEqualTo(10);
      push(server, "b", "X-Scope-OrgID", "three");
      assertThat(server.post("/ingester/flush", "", "X-Scope-OrgID", "one").status())
          .isEqualTo(204);
      TestServer.await("a third block", () -> server.metric("pallium_blocks") == 3);
    }
  }
}
