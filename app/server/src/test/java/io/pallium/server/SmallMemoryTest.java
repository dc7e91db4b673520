package io.pallium.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pallium.server.TestServer.Answer;
import io.pallium.server.scrape.RemoteWriteBody;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// With 1 MB for a query and eight batches of series at once, each query of querybench over 10,000
/// series ends with 422, or with the answer that it has without that limit if it needs no more;
/// with 64 bytes all of them end with 422.
class SmallMemoryTest {
  private static final int PODS = 100;
  private static final int SCRAPES = 12;
  private static final long END_S = 1_700_000_000 / 60 * 60;

  private record Query(
      String name, String kind, long spanSeconds, long stepSeconds, boolean fits, String expr) {
    String path() {
      String from = "start=" + (END_S - spanSeconds) + "&end=" + END_S;
      String text = TestServer.encode(expr);
      return switch (kind) {
        case "range" -> "query_range?" + from + "&step=" + stepSeconds + "&query=" + text;
        case "instant" -> "query?time=" + END_S + "&query=" + text;
        case "series" -> "series?" + from + "&match[]=" + text;
        case "values" -> "label/" + text + "/values?" + from;
        case "labels" -> "labels?" + from;
        default -> throw new AssertionError("unknown kind " + kind);
      };
    }
  }

  @TempDir Path directory;

  @Test
  void queriesOfTheBenchmarkEndWith422OrAreRight() throws IOException {
    Map<Query, String> right = new LinkedHashMap<>();
    try (TestServer server = TestServer.start(directory)) {
      fill(server);
      for (Query query : queries()) {
        Answer answer = server.get("/api/v1/" + query.path());
        assertThat(answer.status()).as(query.name + ": " + answer.body()).isEqualTo(200);
        right.put(query, answer.body());
      }
    }

    askWithLimit("1MB", right, query -> query.fits);
    askWithLimit("64B", right, query -> false);
  }

  private void askWithLimit(String limit, Map<Query, String> right, Predicate<Query> fits)
      throws IOException {
    try (TestServer server =
        TestServer.start(
            directory, "--querier.max-query-memory=" + limit, "--querier.evaluation-threads=8")) {
      right.forEach(
          (query, body) -> {
            String what = query.name + " with " + limit;
            Answer answer = server.get("/api/v1/" + query.path());
            assertThat(answer.status()).as(what).isEqualTo(fits.test(query) ? 200 : 422);
            if (fits.test(query)) {
              assertThat(answer.body()).as(what).isEqualTo(body);
            } else {
              assertThat(answer.body()).as(what).contains("(querier.max-query-memory)");
            }
            // The answer goes out before its memory is given back.
            await(what).until(() -> server.metric("pallium_query_memory_reserved_bytes") == 0);
          });
    }
  }

  private static List<Query> queries() throws IOException {
    try (InputStream in = SmallMemoryTest.class.getResourceAsStream("querybench.txt")) {
      assertThat(in).isNotNull();
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(line -> line.split(" ", 6))
          .map(
              part ->
                  new Query(
                      part[0],
                      part[1],
                      Long.parseLong(part[2]),
                      Long.parseLong(part[3]),
                      part[4].equals("yes"),
                      part[5]))
          .toList();
    }
  }

  /// 100 series for each of 100 pods.
  private static void fill(TestServer server) {
    for (int scrape = 0; scrape < SCRAPES; scrape++) {
      long timeMs = (END_S - (SCRAPES - 1 - scrape) * 60L) * 1000;
      RemoteWriteBody body = new RemoteWriteBody();
      for (int pod = 0; pod < PODS; pod++) {
        double value = (double) scrape * (pod + 1);
        add(body, timeMs, value, pod, "go_goroutines", "kind", "g");
        for (String method : List.of("GET", "POST", "PUT", "DELETE")) {
          for (String status : List.of("200", "201", "400", "404", "500")) {
            add(body, timeMs, value, pod, "http_requests_total", "method", method + status);
          }
        }
        for (int le = 1; le < 24; le++) {
          add(body, timeMs, value * le, pod, "http_request_duration_seconds_bucket", "le", "" + le);
        }
        add(body, timeMs, value * 24, pod, "http_request_duration_seconds_bucket", "le", "+Inf");
        for (int cpu = 0; cpu < 55; cpu++) {
          add(body, timeMs, value % 97, pod, "container_cpu_utilisation_percent", "cpu", "" + cpu);
        }
      }
      assertThat(server.push(body.toCompressedBytes()).status()).isEqualTo(204);
    }
  }

  private static void add(
      RemoteWriteBody body,
      long timeMs,
      double value,
      int pod,
      String metric,
      String name,
      String text) {
    boolean isRequest = name.equals("method");
    Map<String, String> labels =
        new java.util.TreeMap<>(
            Map.of(
                "__name__",
                metric,
                "instance",
                "10.0.0." + pod + ":8080",
                "job",
                "job-" + pod % 5,
                "pod",
                "pod-" + pod,
                name,
                isRequest ? text.substring(0, text.length() - 3) : text));
    if (isRequest) {
      labels.put("status", text.substring(text.length() - 3));
    }
    body.add(labels, timeMs, value);
  }
}
