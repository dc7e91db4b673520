package io.pallium.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.chunk.ChunkEncoding;
import io.pallium.chunk.XorWriter;
import io.pallium.model.Labels;
import io.pallium.testkit.process.TestProcess;
import io.pallium.tsdb.block.BlockWriter;
import io.pallium.tsdb.file.LocalDurableFiles;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Debian's Prometheus serves a block that was written here, and agrees on series, samples and
/// values.
@Tag("system")
class PrometheusReadsBlocksTest {
  private static final String ULID = "01J0000000000000000000TEST";
  private static final long START_MS = 1_767_571_200_000L;
  private static final int SERIES = 40;
  private static final int SAMPLES = 400;
  private static final long STEP_MS = 15_000;

  private final HttpClient client = HttpClient.newHttpClient();
  @TempDir Path directory;

  @Test
  void prometheusServesOurBlock() throws Exception {
    TreeMap<Labels, TreeMap<Long, Double>> written = write(directory.resolve("data"));
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    Path config = Files.writeString(directory.resolve("prometheus.yml"), "global: {}\n");
    Path binary = Path.of(System.getProperty("pallium.debian", "/"), "usr/bin/prometheus");
    assertThat(binary).as("unpacked by ./test").exists();
    try (TestProcess prometheus =
        TestProcess.start(
            List.of(
                binary.toString(),
                "--config.file=" + config,
                "--storage.tsdb.path=" + directory.resolve("data"),
                "--storage.tsdb.retention.time=100y",
                "--web.listen-address=127.0.0.1:" + port),
            Map.of(),
            directory,
            directory.resolve("prometheus.log"))) {
      Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .failFast("Prometheus ended", () -> !prometheus.isAlive())
          .ignoreExceptions()
          .until(() -> get(port, "/-/ready").statusCode() == 200);

      long endMs = START_MS + SAMPLES * STEP_MS;
      String query = "{__name__=~\".+\"}[" + (SAMPLES * STEP_MS / 1000 + 60) + "s]";
      HttpResponse<String> answer =
          get(
              port,
              "/api/v1/query?time="
                  + endMs / 1000
                  + "&query="
                  + URLEncoder.encode(query, StandardCharsets.UTF_8));
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(samples(answer.body())).isEqualTo(written);
    }
  }

  private static TreeMap<Labels, TreeMap<Long, Double>> write(Path data) throws IOException {
    TreeMap<Labels, TreeMap<Long, Double>> all = new TreeMap<>();
    Random random = new Random(1);
    for (int i = 0; i < SERIES; i++) {
      TreeMap<Long, Double> samples = new TreeMap<>();
      for (int k = 0; k < SAMPLES; k++) {
        samples.put(
            START_MS + k * STEP_MS + random.nextInt(100),
            k % 7 == 0 ? random.nextGaussian() : (double) k * i);
      }
      all.put(Labels.of("__name__", "m" + i % 4, "id", "é" + i), samples);
    }
    Files.createDirectories(data);
    try (BlockWriter writer = new BlockWriter(new LocalDurableFiles(), data, ULID)) {
      for (Map.Entry<Labels, TreeMap<Long, Double>> series : all.entrySet()) {
        writer.addSeries(series.getKey());
        XorWriter chunk = new XorWriter();
        long firstMs = 0;
        int count = 0;
        for (Map.Entry<Long, Double> sample : series.getValue().entrySet()) {
          firstMs = chunk.sampleCount() == 0 ? sample.getKey() : firstMs;
          chunk.append(sample.getKey(), sample.getValue());
          count++;
          if (chunk.sampleCount() == 120 || count == SAMPLES) {
            byte[] bytes = chunk.toBytes();
            writer.addChunk(ChunkEncoding.XOR, firstMs, sample.getKey(), bytes, 0, bytes.length);
            chunk.reset();
          }
        }
      }
      assertThat(writer.finish()).isPresent();
    }
    return all;
  }

  private static TreeMap<Labels, TreeMap<Long, Double>> samples(String body) {
    TreeMap<Labels, TreeMap<Long, Double>> all = new TreeMap<>();
    JsonNode result = JsonMapper.shared().readTree(body).path("data").path("result");
    for (JsonNode series : result) {
      TreeMap<String, String> labels = new TreeMap<>();
      series
          .path("metric")
          .properties()
          .forEach(label -> labels.put(label.getKey(), label.getValue().asString()));
      TreeMap<Long, Double> samples = new TreeMap<>();
      for (JsonNode point : series.path("values")) {
        samples.put(
            Math.round(point.get(0).asDouble() * 1000), Double.valueOf(point.get(1).asString()));
      }
      all.put(Labels.of(labels), samples);
    }
    return all;
  }

  private HttpResponse<String> get(int port, String path) throws Exception {
    return client.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .timeout(Duration.ofSeconds(30))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }
}
