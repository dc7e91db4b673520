package io.pallium.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pallium.server.scrape.RemoteWriteBody;
import io.pallium.testkit.process.PalliumProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// 64 queries at once that each want all memory and all processors of a process with 512 MB of
/// heap: it goes on answering others, rightly and soon, and gives everything back.
@Tag("system")
class HostileQueriesTest {
  private static final String TENANT = "team";
  private static final int SERIES = 6_000;
  private static final int SAMPLES = 120;
  private static final int ASKED = 1_000;

  /// Of the best of a few rounds, since other tests may run beside this one.
  private static final double MAX_SLOWDOWN = 2;

  private static final int MAX_ROUNDS = 6;

  private static final String CHEAP = "sum by (job) (rate(cheap_total[5m]))";

  /// What is asked; each at the end of the data, and over a day in steps of 15 s.
  private static final List<String> HOSTILE =
      List.of(
          "{__name__=~\".+\"}",
          "{__name__=~\".*\", pod=~\"(pod-[0-9]+|.*x.*|[a-z]*){1,8}\"}",
          "count_values(\"v\", hostile_total)",
          "count_values by (pod) (\"v\", rate(hostile_total[5m]))",
          "topk(1000000, hostile_total)",
          "bottomk by (job) (5000, rate(hostile_total[10m]))",
          "max_over_time(hostile_total[3w:1s])",
          "quantile_over_time(0.5, rate(hostile_total[5m])[2w:1s])",
          "sum(quantile_over_time(0.9, vector(time())[2w:1s]))",
          "hostile_total + on (pod) hostile_total + on (pod) hostile_total + on (pod) hostile_total",
          "hostile_total * on (job, pod) group_left hostile_total / on (pod) group_left hostile_total",
          "hostile_total and hostile_total or hostile_total unless hostile_total or hostile_total",
          "quantile(0.5, hostile_total)",
          "quantile by (pod) (0.5, rate(hostile_total[1h]))",
          "label_replace(hostile_total, \"pod\", \"$1$1$1$1$1$1$1$1\", \"pod\", \"(.*)\")",
          repeat("label_replace(", 30, "hostile_total", ", 'pod', '$1$1', 'pod', '(.*)')"),
          repeat("label_join(", 20, "hostile_total", ", 'x', '', 'x', 'pod', 'x')"),
          "sort(hostile_total)",
          "sort_desc(rate(hostile_total[1h]))",
          "absent(hostile_total > 1e300)",
          "absent_over_time(hostile_total[1d:1s])",
          "histogram_quantile(0.9, hostile_total)",
          "histogram_quantile(0.9, label_replace(hostile_total, \"le\", \"$1\", \"pod\", \".*-(.*)\"))",
          "stddev_over_time(hostile_total[1d])",
          "predict_linear(hostile_total[1d], 3600) + deriv(hostile_total[1d])",
          "sum by (pod) (rate(hostile_total[1d]))",
          "avg without (job) (max_over_time(hostile_total[1h:15s]))",
          "sum(sum_over_time((rate(hostile_total[5m]))[1d:1s]))",
          "max(max_over_time(max_over_time(hostile_total[1d:10s])[1d:10s]))",
          repeat("(", 150, "hostile_total", " or hostile_total)"),
          repeat("abs(", 150, "hostile_total", ")"),
          "hostile_total @ end() + hostile_total offset 1m");

  @TempDir Path directory;

  @Test
  void othersAreAnsweredWhileHostileQueriesRun() throws Exception {
    long endMs = System.currentTimeMillis() / 15_000 * 15_000;
    try (PalliumProcess pallium = PalliumProcess.start(directory.resolve("data"));
        HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      fill(pallium, endMs);
      String right = ask(pallium, endMs).body();
      assertThat(right).contains("\"job\":\"job-3\"");
      assertThat(median(pallium, endMs, right)).as("warm-up").isPositive();
      double usualMs = median(pallium, endMs, right);

      Set<Integer> statuses = ConcurrentHashMap.newKeySet();
      AtomicInteger ended = new AtomicInteger();
      List<Future<?>> hostile = new ArrayList<>();
      for (String query : HOSTILE) {
        for (boolean isRange : new boolean[] {false, true}) {
          hostile.add(
              threads.submit(
                  () -> {
                    while (!Thread.currentThread().isInterrupted()) {
                      statuses.add(askHostile(client, pallium, query, isRange, endMs));
                      ended.incrementAndGet();
                    }
                  }));
        }
      }
      assertThat(hostile).hasSize(64);
      await()
          .atMost(Duration.ofMinutes(1))
          .until(() -> metric(pallium, "pallium_query_api_waiting") > 5);

      double busyMs = Double.MAX_VALUE;
      for (int i = 0; i < MAX_ROUNDS && busyMs > MAX_SLOWDOWN * usualMs; i++) {
        busyMs = Math.min(busyMs, median(pallium, endMs, right));
      }
      System.out.printf(
          "cheap query: usually %.2f ms, beside 64 hostile ones %.2f ms (%.2f times); %d of those"
              + " ended, with %s%n",
          usualMs, busyMs, busyMs / usualMs, ended.get(), statuses);

      hostile.forEach(query -> query.cancel(true));
      await()
          .atMost(Duration.ofMinutes(1))
          .until(() -> metric(pallium, "pallium_query_memory_reserved_bytes") == 0);
      assertThat(busyMs).isLessThan(MAX_SLOWDOWN * usualMs);
      assertThat(statuses).isSubsetOf(200, 400, 422, 429, 503, 0);
      assertThat(pallium.process().isAlive()).isTrue();
      assertThat(pallium.process().output()).doesNotContain("OutOfMemoryError");
      assertThat(ask(pallium, endMs).body()).isEqualTo(right);
    }
  }

  private static String repeat(String before, int times, String inner, String after) {
    return before.repeat(times) + inner + after.repeat(times);
  }

  private static void fill(PalliumProcess pallium, long endMs) throws IOException {
    for (int sample = 0; sample < SAMPLES; sample++) {
      long timeMs = endMs - (SAMPLES - 1 - sample) * 15_000L;
      RemoteWriteBody body = new RemoteWriteBody();
      for (int i = 0; i < SERIES; i++) {
        body.add(
            Map.of("__name__", "hostile_total", "pod", "pod-" + i, "job", "job-" + i % 7),
            timeMs,
            (double) sample * i);
      }
      for (int i = 0; i < 20; i++) {
        body.add(
            Map.of("__name__", "cheap_total", "pod", "pod-" + i, "job", "job-" + i % 5),
            timeMs,
            (double) sample * i);
      }
      HttpResponse<String> answer = pallium.push(TENANT, body.toCompressedBytes());
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(204);
    }
  }

  private static HttpResponse<String> ask(PalliumProcess pallium, long endMs) throws IOException {
    return pallium.ask(
        TENANT,
        "query_range",
        Map.of(
            "query",
            CHEAP,
            "start",
            seconds(endMs - 1_800_000),
            "end",
            seconds(endMs),
            "step",
            "15"));
  }

  /// How long the cheap query takes, with its right answer each time, in milliseconds.
  private static double median(PalliumProcess pallium, long endMs, String right)
      throws IOException {
    double[] tookMs = new double[ASKED];
    for (int i = 0; i < ASKED; i++) {
      long startNanos = System.nanoTime();
      HttpResponse<String> answer = ask(pallium, endMs);
      tookMs[i] = (System.nanoTime() - startNanos) / 1e6;
      assertThat(answer.body()).isEqualTo(right);
    }
    Arrays.sort(tookMs);
    return tookMs[ASKED / 2];
  }

  /// @return the status; 0 if the connection was closed first
  private static int askHostile(
      HttpClient client, PalliumProcess pallium, String query, boolean isRange, long endMs) {
    String path =
        isRange
            ? "query_range?step=15&start=" + seconds(endMs - 86_400_000) + "&end=" + seconds(endMs)
            : "query?time=" + seconds(endMs);
    HttpRequest request =
        HttpRequest.newBuilder(
                URI.create(
                    pallium.url()
                        + "/api/v1/"
                        + path
                        + "&timeout=30s&query="
                        + URLEncoder.encode(query, StandardCharsets.UTF_8)))
            .header("X-Scope-OrgID", TENANT)
            .build();
    try {
      int status = client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
      if (status != 200) {
        // As clients do: not again at once.
        TimeUnit.SECONDS.sleep(1);
      }
      return status;
    } catch (IOException e) {
      return 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 0;
    }
  }

  private static double metric(PalliumProcess pallium, String name) {
    try {
      Matcher line =
          Pattern.compile("(?m)^" + name + " (\\S+)$").matcher(pallium.get("", "/metrics").body());
      assertThat(line.find()).as(name).isTrue();
      return Double.parseDouble(line.group(1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String seconds(long timeMs) {
    return Double.toString(timeMs / 1000.0);
  }
}
