package io.pallium.server;

import io.pallium.base.clock.TimeSource;
import io.pallium.server.config.PalliumConfig;
import io.pallium.server.scrape.RemoteWriteBody;
import io.prometheus.metrics.instrumentation.jvm.JvmMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Starts the whole system on an empty directory and a port that the system chooses, writes and
/// asks what a first user writes and asks, and stops: the run that the launcher's AOT cache is made
/// from. What is not loaded here is loaded slowly in every later start, and what is not repeated
/// here is profiled anew before it is compiled.
final class TrainingRun {
  private static final Logger log = LoggerFactory.getLogger(TrainingRun.class);
  private static final int SCRAPES = 20;
  private static final int SERIES = 50;
  private static final long SCRAPE_INTERVAL_MS = 15_000;

  /// How often everything is asked: enough for the compiler to know the way of a small request.
  private static final int ROUNDS = 150;

  private static final List<String> QUERIES =
      List.of(
          "up",
          "up{instance=\"host-7\",i=\"7\"}",
          "training_requests_total offset 1m",
          "rate(training_requests_total[2m])",
          "sum by (job) (rate(training_requests_total{code=~\"2..|5..\"}[2m]))",
          "avg without (instance) (training_gauge) / on (job) max by (job) (training_gauge)",
          "histogram_quantile(0.9, sum by (le) (rate(training_seconds_bucket[2m])))",
          "max_over_time(training_gauge[5m]) > bool 3",
          "count(training_native)",
          "training_native",
          "clamp(abs(training_gauge), 0, 5) + time()",
          "scalar(count(up)) + vector(1)",
          "\"text\"",
          "1 +");

  private final String url;
  private final long startMs;

  private TrainingRun(String url, long startMs) {
    this.url = url;
    this.startMs = startMs;
  }

  /// @return the exit code: 0 if every answer was as expected
  static int run(PrintStream out, PrintStream err) {
    try {
      Path directory = Files.createTempDirectory("pallium-training");
      try {
        runIn(directory, out);
      } finally {
        delete(directory);
      }
      return 0;
    } catch (IOException | RuntimeException e) {
      log.error("the training run failed", e);
      err.println("pallium: the training run failed: " + e.getMessage());
      return 1;
    }
  }

  private static void runIn(Path directory, PrintStream out) throws IOException {
    PalliumConfig config =
        Main.bind(
            List.of(
                "--server.http-listen-address=127.0.0.1:0",
                "--server.shutdown-timeout=1s",
                "--log.min-free-bytes=0",
                "--storage.directory=" + directory));
    PrometheusRegistry registry = new PrometheusRegistry();
    JvmMetrics.builder().register(registry);
    long startNanos = System.nanoTime();
    try (Pallium pallium = Pallium.start(config, TimeSource.SYSTEM, registry)) {
      RunCommand.greet(config, pallium.url(), out, (System.nanoTime() - startNanos) / 1e9);
      long startMs = TimeSource.SYSTEM.nowMs() - SCRAPES * SCRAPE_INTERVAL_MS;
      TrainingRun run = new TrainingRun(pallium.url(), startMs);
      for (int scrape = 0; scrape < SCRAPES; scrape++) {
        run.push(scrape);
      }
      for (int round = 0; round < ROUNDS; round++) {
        run.ask();
      }
    }
  }

  private void push(int scrape) throws IOException {
    long timestampMs = startMs + scrape * SCRAPE_INTERVAL_MS;
    RemoteWriteBody body = new RemoteWriteBody();
    for (int i = 0; i < SERIES; i++) {
      String instance = "host-" + i % 10;
      Map<String, String> target = Map.of("job", "job-" + i % 2, "instance", instance);
      add(body, target, "up", "i", "" + i, timestampMs, 1);
      add(body, target, "training_gauge", "i", "" + i, timestampMs, Math.sin(i + scrape) * 10);
      add(body, target, "training_requests_total", "code", "" + (200 + i), timestampMs, scrape * i);
      String bound = i % 10 == 9 ? "+Inf" : "" + i % 10;
      add(body, target, "training_seconds_bucket", "le", bound, timestampMs, scrape * (i % 10));
    }
    body.addHistogram(Map.of("__name__", "training_native"), timestampMs, scrape + 1);
    body.addWithExemplar(
        Map.of("__name__", "training_traced_total"), timestampMs, scrape, Map.of("trace_id", "a"));
    body.addMetadata("up", 2, "Whether the target answers.");
    int status = send("POST", "/api/v1/push", body.toCompressedBytes(), "application/x-protobuf");
    if (status != 204) {
      throw new IllegalStateException("a write was answered with " + status);
    }
  }

  private static void add(
      RemoteWriteBody body,
      Map<String, String> target,
      String metric,
      String label,
      String labelValue,
      long timestampMs,
      double value) {
    Map<String, String> labels = new java.util.HashMap<>(target);
    labels.put("__name__", metric);
    labels.put(label, labelValue);
    body.add(labels, timestampMs, value);
  }

  private void ask() throws IOException {
    String range = "&start=" + startMs / 1000 + "&end=" + TimeSource.SYSTEM.nowMs() / 1000;
    for (String query : QUERIES) {
      String encoded = "query=" + URLEncoder.encode(query, StandardCharsets.UTF_8);
      get("/prometheus/api/v1/query?" + encoded);
      send(
          "POST",
          "/api/v1/query_range",
          (encoded + range + "&step=15").getBytes(StandardCharsets.UTF_8),
          "application/x-www-form-urlencoded");
    }
    for (String path :
        List.of(
            "/api/v1/labels?match[]=up",
            "/api/v1/labels?" + range.substring(1),
            "/api/v1/label/instance/values?" + range.substring(1),
            "/api/v1/label/job/values",
            "/api/v1/series?match[]=up",
            "/api/v1/metadata",
            "/api/v1/query_exemplars?query=training_traced_total",
            "/api/v1/status/buildinfo",
            "/api/v1/nothing",
            "/",
            "/config",
            "/ready",
            "/-/healthy",
            "/metrics")) {
      get(path);
    }
  }

  private void get(String path) throws IOException {
    send("GET", path, new byte[0], "");
  }

  private int send(String method, String path, byte[] body, String contentType) throws IOException {
    HttpURLConnection connection =
        (HttpURLConnection) URI.create(url + path).toURL().openConnection();
    connection.setRequestMethod(method);
    connection.setRequestProperty("Accept-Encoding", "gzip");
    connection.setReadTimeout(30_000);
    if (body.length > 0) {
      connection.setDoOutput(true);
      connection.setRequestProperty("Content-Type", contentType);
      try (OutputStream out = connection.getOutputStream()) {
        out.write(body);
      }
    }
    int status = connection.getResponseCode();
    if (status >= 500) {
      throw new IllegalStateException(method + " " + path + " was answered with " + status);
    }
    try (InputStream in =
        status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
      if (in != null) {
        in.transferTo(OutputStream.nullOutputStream());
      }
    }
    return status;
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> paths = Files.walk(directory)) {
      paths
          .sorted(Comparator.reverseOrder())
          .forEach(
              path -> {
                try {
                  Files.delete(path);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
    }
  }
}
