package io.pallium.tsdb.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pallium.chunk.XorCodec;
import io.pallium.chunk.XorWriter;
import io.pallium.model.Labels;
import io.pallium.model.NativeHistogram;
import io.pallium.storage.Querier;
import io.pallium.storage.QueryControl;
import io.pallium.storage.SelectHints;
import io.pallium.tsdb.block.TestSeries.Sample;
import io.pallium.tsdb.file.LocalDurableFiles;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/// Blocks that Prometheus and Cortex wrote, read against the data that was given to them. They lie
/// in the folder that the system property `pallium.shared` names.
class SharedBlocksTest {
  private static final long STALE_BITS = 0x7ff0000000000002L;

  private final Path shared = Path.of(System.getProperty("pallium.shared", ""));
  private final LocalDurableFiles files = new LocalDurableFiles();
  private final QueryControl control = QueryControl.unlimited();

  @BeforeEach
  void sharedFolderIsThere() {
    assumeTrue(
        Files.isDirectory(shared.resolve("blocks").resolve("prometheus-3.14")),
        "no blocks below the folder in the system property pallium.shared");
  }

  @Test
  void blockOfPrometheusHasTheGoldenSamples() throws IOException {
    Path directory = shared.resolve("blocks").resolve("prometheus-3.14");

    Map<Labels, List<Sample>> found = new LinkedHashMap<>();
    try (Blocks blocks = Blocks.open(files, directory)) {
      assertThat(blocks.metas()).hasSize(1);
      BlockStats stats = blocks.metas().getFirst().stats();
      assertThat(stats).isEqualTo(new BlockStats(66_611, 62_569, 4042, 186, 716));
      found = read(blocks);
    }

    assertGolden(found, true);
  }

  @Test
  void blocksOfCortexHaveTheGoldenSamples() throws IOException {
    Path directory = shared.resolve("blocks").resolve("cortex-bucket").resolve("team-a");

    Map<Labels, List<Sample>> found;
    try (Blocks blocks = Blocks.open(files, directory)) {
      assertThat(blocks.metas().stream().map(meta -> meta.stats().samples()))
          .containsExactly(57_094L, 9517L);
      found = read(blocks);
    }

    // Between its own processes Cortex loses the sign of a zero.
    assertGolden(found, false);
  }

  @Test
  void floatsWrittenAgainAreTheBytesOfPrometheus() throws IOException {
    Path directory = shared.resolve("blocks").resolve("prometheus-3.14");
    int same = 0;
    try (Blocks blocks = Blocks.open(files, directory)) {
      Path block = directory.resolve(blocks.metas().getFirst().ulid());
      BlockReader reader = BlockReader.open(files, block);
      IndexReader.Access index = reader.index().access();
      ChunkSegments.Access chunks = reader.chunks().access();
      ChunkPlaces places = new ChunkPlaces();
      for (int reference : index.allPostings().toArray()) {
        index.readChunks(reference, Long.MIN_VALUE, Long.MAX_VALUE, places);
        for (int i = 0; i < places.count(); i++) {
          chunks.read(places.place(i));
          if (chunks.encoding() == 1) {
            assertSameBytes(chunks);
            same++;
          }
        }
      }
      reader.close();
    }
    assertThat(same).isGreaterThan(400);
  }

  private static void assertSameBytes(ChunkSegments.Access chunks) {
    int count = XorCodec.sampleCount(chunks.buffer(), 1, chunks.lengthBytes());
    long[] timestampsMs = new long[count];
    double[] values = new double[count];
    XorCodec.decode(chunks.buffer(), 1, chunks.lengthBytes(), timestampsMs, values, 0);
    XorWriter writer = new XorWriter();
    for (int i = 0; i < count; i++) {
      writer.append(timestampsMs[i], values[i]);
    }
    assertThat(writer.toBytes())
        .isEqualTo(Arrays.copyOfRange(chunks.buffer(), 1, 1 + chunks.lengthBytes()));
  }

  private Map<Labels, List<Sample>> read(Blocks blocks) {
    Map<Labels, List<Sample>> all = new TreeMap<>();
    for (Querier querier : blocks.queriers(Long.MIN_VALUE, Long.MAX_VALUE, control)) {
      try (querier) {
        TestSeries.read(
                querier.select(SelectHints.sorted(Long.MIN_VALUE, Long.MAX_VALUE), List.of()),
                control)
            .forEach(
                (labels, samples) ->
                    all.computeIfAbsent(labels, unused -> new ArrayList<>()).addAll(samples));
      }
    }
    return all;
  }

  private void assertGolden(Map<Labels, List<Sample>> found, boolean hasSignedZeros)
      throws IOException {
    ObjectMapper json = new ObjectMapper();
    int series = 0;
    int samples = 0;
    Path golden = shared.resolve("golden").resolve("data.jsonl.gz");
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(golden)), StandardCharsets.UTF_8))) {
      String line;
      while ((line = lines.readLine()) != null) {
        JsonNode root = json.readTree(line);
        Map<String, String> labels = new HashMap<>();
        root.path("labels")
            .properties()
            .forEach(label -> labels.put(label.getKey(), label.getValue().asString()));
        List<Sample> read = found.getOrDefault(Labels.of(labels), List.of());
        JsonNode points = root.path("points");
        assertThat(read).as(labels.toString()).hasSize(points.size());
        for (int i = 0; i < points.size(); i++) {
          assertThat(read.get(i).timestampMs()).isEqualTo(points.get(i).get(0).asLong());
          assertPoint(read.get(i), points.get(i).get(1), hasSignedZeros);
        }
        series++;
        samples += points.size();
      }
    }
    assertThat(series).isEqualTo(186).isEqualTo(found.size());
    assertThat(samples).isEqualTo(66_611);
  }

  private static void assertPoint(Sample sample, JsonNode point, boolean hasSignedZeros) {
    NativeHistogram histogram = sample.histogram();
    if (point.isObject()) {
      assertThat(histogram).isNotNull();
      if (histogram != null) {
        assertHistogram(histogram, point);
      }
      return;
    }
    String text = point.asString();
    if (text.equals("stale")) {
      double value = histogram == null ? sample.value() : histogram.sum();
      assertThat(Double.doubleToRawLongBits(value)).isEqualTo(STALE_BITS);
      return;
    }
    assertThat(histogram).isNull();
    Double expected = number(text);
    assertThat(sample.value())
        .isEqualTo(hasSignedZeros ? expected : Double.valueOf(expected + 0.0));
  }

  private static void assertHistogram(NativeHistogram histogram, JsonNode point) {
    if (point.path("sum").asString().equals("stale")) {
      // Chunks keep nothing of a stale histogram but the marker.
      assertThat(histogram).isEqualTo(NativeHistogram.stale(histogram.isFloat()));
      return;
    }
    assertThat(histogram.schema()).isEqualTo(point.path("schema").asInt());
    assertThat(histogram.isFloat()).isEqualTo(point.path("is_float").asBoolean());
    assertThat(histogram.count()).isEqualTo(point.path("count").asDouble());
    assertThat(histogram.sum()).isEqualTo(number(point.path("sum").asString()));
    assertThat(histogram.zeroCount()).isEqualTo(point.path("zero_count").asDouble());
    assertThat(histogram.zeroThreshold()).isEqualTo(point.path("zero_threshold").asDouble());
    assertThat(histogram.resetHint() == NativeHistogram.ResetHint.GAUGE)
        .isEqualTo(point.path("reset_hint").asInt() == 3);
    assertThat(buckets(histogram.positiveSpans(), histogram.positiveCounts()))
        .isEqualTo(buckets(point.path("positive")));
    assertThat(buckets(histogram.negativeSpans(), histogram.negativeCounts()))
        .isEqualTo(buckets(point.path("negative")));
    List<Double> bounds = new ArrayList<>();
    point.path("custom_values").forEach(bound -> bounds.add(bound.asDouble()));
    List<Double> read = new ArrayList<>();
    for (double bound : histogram.customBounds()) {
      read.add(bound);
    }
    assertThat(read).isEqualTo(bounds);
    histogram.validate();
  }

  private static Map<Integer, Double> buckets(int[] spans, double[] counts) {
    Map<Integer, Double> buckets = new TreeMap<>();
    int index = 0;
    int at = 0;
    for (int i = 0; i < spans.length; i += 2) {
      index += spans[i];
      for (int k = 0; k < spans[i + 1]; k++) {
        if (counts[at] != 0) {
          buckets.put(index, counts[at]);
        }
        at++;
        index++;
      }
    }
    return buckets;
  }

  private static Map<Integer, Double> buckets(JsonNode node) {
    Map<Integer, Double> buckets = new TreeMap<>();
    node.properties()
        .forEach(
            bucket -> {
              if (bucket.getValue().asDouble() != 0) {
                buckets.put(Integer.valueOf(bucket.getKey()), bucket.getValue().asDouble());
              }
            });
    return buckets;
  }

  private static Double number(String text) {
    return switch (text) {
      case "+Inf" -> Double.POSITIVE_INFINITY;
      case "-Inf" -> Double.NEGATIVE_INFINITY;
      default -> Double.parseDouble(text);
    };
  }
}
