package io.pallium.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.server.scrape.RemoteWriteBody;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Two tenants with the same series, and a third without any: nothing crosses, on any endpoint.
@Tag("system")
class TenantIsolationTest {
  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource(Topology.Form.class)
  void nothingCrossesBetweenTenants(Topology.Form form) throws IOException {
    try (Topology system = Topology.start(form, directory)) {
      long nowMs = System.currentTimeMillis();
      for (Map.Entry<String, Double> tenant : Map.of("team-a", 1.0, "team-b", 2.0).entrySet()) {
        RemoteWriteBody body = new RemoteWriteBody();
        Map<String, String> same = Map.of("__name__", "shared_series", "job", "x");
        body.add(same, nowMs - 15_000, tenant.getValue());
        body.addWithExemplar(
            Map.of("__name__", "traced_total", "job", "x"),
            nowMs - 15_000,
            tenant.getValue(),
            Map.of("trace_id", "trace of " + tenant.getKey()));
        body.addMetadata("shared_series", 2, "help of " + tenant.getKey());
        assertThat(system.writer().push(tenant.getKey(), body.toCompressedBytes()).statusCode())
            .isEqualTo(204);
        pushToAllPaths(system, tenant.getKey(), nowMs - 15_000);
      }

      for (String prefix : List.of("/api/v1/", "/prometheus/api/v1/")) {
        assertNothingCrosses(system, prefix, nowMs);
      }
      assertNothingIsThere(system);
    }
  }

  private static void pushToAllPaths(Topology system, String tenant, long timestampMs)
      throws IOException {
    for (String path : List.of("/api/v1/push", "/api/prom/push", "/api/v1/write")) {
      RemoteWriteBody body = new RemoteWriteBody();
      Map<String, String> labels =
          Map.of("__name__", "only_" + tenant.replace('-', '_'), "own", tenant, "path", path);
      body.add(labels, timestampMs, 1);
      assertThat(system.writer().push(tenant, path, body.toCompressedBytes()).statusCode())
          .isEqualTo(204);
    }
  }

  private static void assertNothingCrosses(Topology system, String prefix, long nowMs)
      throws IOException {
    for (String own : List.of("team-a", "team-b")) {
      String other = own.equals("team-a") ? "team_b" : "team_a";
      String value = own.equals("team-a") ? "1" : "2";
      String time = Double.toString(nowMs / 1000.0);
      Map<String, String> range =
          Map.of(
              "query",
              "{__name__=~\".+\"}",
              "start",
              Double.toString(nowMs / 1000.0 - 60),
              "end",
              time,
              "step",
              "15");
      List<HttpResponse<String>> answers =
          List.of(
              system
                  .reader()
                  .post(own, prefix + "query", Map.of("query", "shared_series", "time", time)),
              system.reader().post(own, prefix + "query_range", range),
              system.reader().post(own, prefix + "series", Map.of("match[]", "{__name__=~\".+\"}")),
              system.reader().post(own, prefix + "labels", Map.of()),
              system.reader().get(own, prefix + "label/__name__/values"),
              system.reader().get(own, prefix + "label/own/values"),
              system.reader().get(own, prefix + "metadata"),
              system
                  .reader()
                  .post(own, prefix + "query_exemplars", Map.of("query", "{__name__=~\".+\"}")),
              system.reader().get(own, prefix + "status/tsdb?limit=1000"));
      for (HttpResponse<String> answer : answers) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body()).doesNotContain(other).doesNotContain(other.replace('_', '-'));
      }
      assertThat(answers.get(0).body()).contains(",\"" + value + "\"]");
      assertThat(answers.get(2).body()).contains("only_" + own.replace('-', '_'));
      assertThat(answers.get(4).body()).contains("shared_series");
      assertThat(answers.get(6).body()).contains("help of " + own);
      assertThat(answers.get(7).body()).contains("trace of " + own);
      assertThat(answers.get(8).body())
          .contains("\"numSeries\":5,")
          .contains("only_" + own.replace('-', '_'));
    }
  }

  private static void assertNothingIsThere(Topology system) throws IOException {
    assertThat(system.reader().ask("team-c", "query", Map.of("query", "{__name__=~\".+\"}")).body())
        .contains("\"result\":[]");
    assertThat(system.reader().get("team-c", "/api/v1/metadata").body()).contains("\"data\":{}");
    assertThat(
            system
                .reader()
                .ask("team-c", "query_exemplars", Map.of("query", "traced_total"))
                .body())
        .contains("\"data\":[]");
    assertThat(system.reader().get("team-c", "/api/v1/status/tsdb").body())
        .contains("\"numSeries\":0,")
        .contains("\"seriesCountByMetricName\":[]");
  }

  @ParameterizedTest
  @EnumSource(Topology.Form.class)
  void requestsWithoutAValidTenantAreRefused(Topology.Form form) throws IOException {
    try (Topology system = Topology.start(form, directory)) {
      byte[] body = new RemoteWriteBody().toCompressedBytes();

      assertThat(system.writer().push("", body).statusCode()).isEqualTo(401);
      assertThat(system.writer().push("a/b", body).statusCode()).isEqualTo(401);
      assertThat(system.writer().push("..", body).statusCode()).isEqualTo(401);
      assertThat(system.reader().ask("", "query", Map.of("query", "1")).statusCode())
          .isEqualTo(401);
      assertThat(system.reader().get("", "/api/v1/labels").statusCode()).isEqualTo(401);
      assertThat(system.reader().get("", "/api/v1/metadata").statusCode()).isEqualTo(401);
      assertThat(system.reader().ask("", "query_exemplars", Map.of("query", "up")).statusCode())
          .isEqualTo(401);
      for (String status : List.of("tsdb", "config", "flags", "runtimeinfo", "walreplay")) {
        assertThat(system.reader().get("", "/api/v1/status/" + status).statusCode()).isEqualTo(401);
      }
    }
  }
}
