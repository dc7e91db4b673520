package io.pallium.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.model.Labels;
import io.pallium.promql.ast.Expr;
import io.pallium.promql.parse.ParserOptions;
import io.pallium.promql.parse.PromqlParser;
import io.pallium.testkit.naive.NaiveEvaluator;
import io.pallium.testkit.naive.Point;
import io.pallium.testkit.process.TestProcess;
import io.pallium.testkit.sender.Exporter;
import io.pallium.testkit.sender.Tee;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A real Prometheus scrapes itself, a node exporter and an awkward exporter every second, and
/// writes to Pallium in both its forms; a tee records what was acknowledged. The processes that
/// keep the samples are away for a while in between. A second sender goes on meanwhile, and is
/// stored as soon as they are back, before the backlog of Prometheus. Then queries over the
/// recorded span give what a naive evaluator computes from the record.
@Tag("system")
class RealPrometheusTest {
  private static final Duration SPAN =
      Duration.ofSeconds(Boolean.getBoolean("pallium.long") ? 600 : 180);
  private static final String TENANT = "team-p";
  private static final int STEPS = 40;
  private static final double TOLERANCE = 1e-11;

  @TempDir Path directory;

  @Test
  void answersWhatANaiveEvaluatorComputesFromTheRecordedBodies() throws IOException {
    try (Topology single = start(Topology.Form.ALL_IN_ONE);
        Topology cluster = start(Topology.Form.THREE_PROCESSES);
        Tee tee = new Tee(List.of(single.writer().pushUrl(), cluster.writer().pushUrl()), TENANT);
        Exporter exporter = new Exporter();
        TestProcess nodeExporter = startNodeExporter();
        TestProcess prometheus = startPrometheus(tee, exporter, nodeExporter);
        SteadySender toSingle = new SteadySender(single, TENANT);
        SteadySender toCluster = new SteadySender(cluster, TENANT)) {
      List<Topology> systems = List.of(single, cluster);
      sendFor(SPAN.dividedBy(2), tee);
      systems.forEach(system -> system.stopKeeper(false));
      long before = tee.away();
      Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> tee.away() >= before + 3);
      tee.hold(true);
      systems.forEach(Topology::startKeeper);
      long backMs = System.currentTimeMillis();
      Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> toSingle.isHeardSince(backMs) && toCluster.isHeardSince(backMs));
      tee.hold(false);
      sendFor(SPAN.dividedBy(2), tee);
      long scrapedUntilMs = System.currentTimeMillis();
      Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> tee.acknowledged().newestMs() > scrapedUntilMs);
      assertThat(prometheus.stop(Duration.ofSeconds(60))).isPresent();

      assertThat(tee.refused()).isZero();
      Map<Labels, List<Point>> record = tee.acknowledged().series();
      assertThat(gapOfUpMs(record)).as("longest gap in `up`, ms").isLessThan(5_000);
      compareAll(systems, record, scrapedUntilMs);
      assertThat(steadyTimesMs(single)).containsAll(toSingle.acknowledgedMs());
      assertThat(steadyTimesMs(cluster)).containsAll(toCluster.acknowledgedMs());
    }
  }

  private static Set<Long> steadyTimesMs(Topology system) throws IOException {
    Map<String, String> form = Map.of("query", SteadySender.METRIC + "[1h]");
    HttpResponse<String> answer = system.reader().ask(TENANT, "query", form);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    Set<Long> timesMs = new HashSet<>();
    parse(answer.body()).values().forEach(points -> timesMs.addAll(points.keySet()));
    return timesMs;
  }

  private Topology start(Topology.Form form) throws IOException {
    return Topology.start(form, Files.createDirectory(directory.resolve(form.name())));
  }

  private static void compareAll(
      List<Topology> systems, Map<Labels, List<Point>> record, long lastMs) throws IOException {
    long endMs = lastMs / 1000 * 1000;
    long stepMs = SPAN.toMillis() / STEPS / 1000 * 1000 + 337;
    long startMs = endMs - stepMs * (STEPS - 1);
    List<String> differences = new ArrayList<>();
    int points = 0;
    List<String> queries = queries();
    for (String query : queries) {
      Map<Labels, TreeMap<Long, Double>> expected = evaluate(record, query, startMs, endMs, stepMs);
      points += expected.values().stream().mapToInt(TreeMap::size).sum();
      Map<String, String> form =
          Map.of(
              "query", query,
              "start", seconds(startMs),
              "end", seconds(endMs),
              "step", seconds(stepMs));
      for (Topology system : systems) {
        HttpResponse<String> answer = system.reader().ask(TENANT, "query_range", form);
        String difference =
            answer.statusCode() == 200
                ? difference(expected, parse(answer.body()))
                : answer.statusCode() + " " + answer.body();
        if (!difference.isEmpty()) {
          differences.add(query + " on " + system + "\n  " + difference);
        }
      }
    }
    System.out.printf(
        "real Prometheus: %d series, %d queries, %d points compared in %d forms, %d different%n",
        record.size(), queries.size(), points, systems.size(), differences.size());
    assertThat(differences.stream().limit(20).toList()).isEmpty();
    assertThat(queries.size()).isGreaterThanOrEqualTo(40);
    assertThat(points).isGreaterThan(10_000);
  }

  private static Map<Labels, TreeMap<Long, Double>> evaluate(
      Map<Labels, List<Point>> record, String query, long startMs, long endMs, long stepMs) {
    Expr expr = PromqlParser.parse(query, ParserOptions.DEFAULT);
    NaiveEvaluator naive = new NaiveEvaluator(record, startMs, endMs);
    Map<Labels, TreeMap<Long, Double>> series = new HashMap<>();
    for (long time = startMs; time <= endMs; time += stepMs) {
      for (Map.Entry<Labels, Double> value : naive.evaluate(expr, time).entrySet()) {
        series
            .computeIfAbsent(value.getKey(), unused -> new TreeMap<>())
            .put(time, value.getValue());
      }
    }
    return series;
  }

  private static String difference(
      Map<Labels, TreeMap<Long, Double>> expected, Map<Labels, TreeMap<Long, Double>> actual) {
    if (!expected.keySet().equals(actual.keySet())) {
      List<Labels> missing =
          expected.keySet().stream().filter(l -> !actual.containsKey(l)).toList();
      List<Labels> extra = actual.keySet().stream().filter(l -> !expected.containsKey(l)).toList();
      return "series missing: "
          + missing.stream().limit(3).toList()
          + ", too many: "
          + extra.stream().limit(3).toList();
    }
    for (Map.Entry<Labels, TreeMap<Long, Double>> series : expected.entrySet()) {
      TreeMap<Long, Double> other = actual.get(series.getKey());
      if (other == null || !series.getValue().keySet().equals(other.keySet())) {
        return series.getKey() + " has values at other times";
      }
      for (Map.Entry<Long, Double> point : series.getValue().entrySet()) {
        double want = point.getValue();
        double got = other.getOrDefault(point.getKey(), Double.NaN);
        boolean isSame =
            Double.compare(want, got) == 0
                || Math.abs(want - got) <= TOLERANCE * Math.max(Math.abs(want), Math.abs(got));
        if (!isSame) {
          return series.getKey() + " at " + point.getKey() + ": " + got + " instead of " + want;
        }
      }
    }
    return "";
  }

  private static Map<Labels, TreeMap<Long, Double>> parse(String body) {
    JsonNode data = JsonMapper.shared().readTree(body).path("data");
    Map<Labels, TreeMap<Long, Double>> series = new HashMap<>();
    for (JsonNode entry : data.path("result")) {
      Map<String, String> labels = new HashMap<>();
      entry
          .path("metric")
          .properties()
          .forEach(l -> labels.put(l.getKey(), l.getValue().asString()));
      TreeMap<Long, Double> points = new TreeMap<>();
      entry
          .path("values")
          .forEach(
              point ->
                  points.put(
                      Math.round(point.get(0).asDouble() * 1000), number(point.get(1).asString())));
      series.put(Labels.of(labels), points);
    }
    return series;
  }

  private static double number(String text) {
    return switch (text) {
      case "+Inf" -> Double.POSITIVE_INFINITY;
      case "-Inf" -> Double.NEGATIVE_INFINITY;
      default -> Double.parseDouble(text);
    };
  }

  private static void sendFor(Duration time, Tee tee) {
    long untilMs = System.currentTimeMillis() + time.toMillis();
    Awaitility.await()
        .atMost(time.plusSeconds(60))
        .pollInterval(Duration.ofMillis(500))
        .failFast("the sender was refused", () -> tee.refused() > 0)
        .until(() -> tee.acknowledged().newestMs() > untilMs);
  }

  /// Scrapes go on while Pallium is away, so a gap in `up` is something that was lost.
  private static long gapOfUpMs(Map<Labels, List<Point>> record) {
    long gap = 0;
    for (Map.Entry<Labels, List<Point>> series : record.entrySet()) {
      if ("up".equals(series.getKey().get(Labels.METRIC_NAME))) {
        List<Point> points = series.getValue();
        for (int i = 1; i < points.size(); i++) {
          gap = Math.max(gap, points.get(i).timestampMs() - points.get(i - 1).timestampMs());
        }
      }
    }
    return gap;
  }

  private TestProcess startNodeExporter() {
    TestProcess process =
        TestProcess.start(
            List.of(binary("prometheus-node-exporter"), "--web.listen-address=127.0.0.1:0"),
            Map.of(),
            directory,
            directory.resolve("node-exporter.log"));
    return process;
  }

  private TestProcess startPrometheus(Tee tee, Exporter exporter, TestProcess nodeExporter)
      throws IOException {
    String node =
        nodeExporter.awaitOutput(
            Pattern.compile("Listening on.* address=(127\\.0\\.0\\.1:\\d+)"),
            0,
            Duration.ofSeconds(30));
    for (int attempt = 1; ; attempt++) {
      TestProcess prometheus = startPrometheus(tee, exporter, node, freePort());
      // Between the choice of the port and its use another process may have taken it.
      if (isListening(prometheus) || attempt == 5) {
        return prometheus;
      }
      prometheus.close();
    }
  }

  private static boolean isListening(TestProcess prometheus) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () ->
                !prometheus.isAlive()
                    || prometheus.output().contains("Server is ready to receive web requests"));
    return prometheus.isAlive();
  }

  private TestProcess startPrometheus(Tee tee, Exporter exporter, String node, int port)
      throws IOException {
    String config =
        """
        global:
          scrape_interval: 1s
          scrape_timeout: 1s
        scrape_configs:
          - job_name: prometheus
            static_configs: [{targets: ['127.0.0.1:%d']}]
          - job_name: node
            static_configs: [{targets: ['%s']}]
          - job_name: shop
            static_configs: [{targets: ['%s']}]
        remote_write:
          - url: %s
            queue_config: {batch_send_deadline: 1s, min_backoff: 100ms, max_backoff: 1s}
        """
            .formatted(port, node, exporter.address(), tee.url());
    Path file = directory.resolve("prometheus.yml");
    Files.writeString(file, config);
    return TestProcess.start(
        List.of(
            binary("prometheus"),
            "--config.file=" + file,
            "--storage.tsdb.path=" + directory.resolve("prometheus"),
            "--web.listen-address=127.0.0.1:" + port),
        Map.of(),
        directory,
        directory.resolve("prometheus.log"));
  }

  private static int freePort() throws IOException {
    try (java.net.ServerSocket socket = new java.net.ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static String binary(String name) {
    Path unpacked = Path.of(System.getProperty("pallium.debian", "/"), "usr/bin", name);
    assertThat(unpacked).as("unpacked by ./test").exists();
    return unpacked.toString();
  }

  private static List<String> queries() throws IOException {
    try (var in = RealPrometheusTest.class.getResourceAsStream("real-prometheus-queries.txt")) {
      assertThat(in).isNotNull();
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .toList();
    }
  }

  private static String seconds(long timeMs) {
    return java.math.BigDecimal.valueOf(timeMs, 3).toPlainString();
  }
}
