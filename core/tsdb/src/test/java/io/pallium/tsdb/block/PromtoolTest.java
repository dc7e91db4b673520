package io.pallium.tsdb.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pallium.model.Labels;
import io.pallium.storage.Querier;
import io.pallium.storage.QueryControl;
import io.pallium.storage.SelectHints;
import io.pallium.tsdb.block.TestSeries.Sample;
import io.pallium.tsdb.file.LocalDurableFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Debian's `promtool` reads a block of ours. It is found below the folder that the system property
/// `pallium.debian` names, where packages are unpacked.
class PromtoolTest {
  private final Path promtool =
      Path.of(System.getProperty("pallium.debian", ""), "usr", "bin", "promtool");

  @BeforeEach
  void promtoolIsThere() {
    assumeTrue(
        Files.isExecutable(promtool),
        "no usr/bin/promtool below the folder in the system property pallium.debian");
  }

  @Test
  void dumpsTheSamplesThatWereWritten(@TempDir Path directory) throws Exception {
    TreeMap<Labels, List<Sample>> all = TestSeries.random(new Random(1), 300, false);
    TestSeries.write(
        new LocalDurableFiles(), directory, "01J0000000000000000000TEST", all, 100_000);

    // Without this directory promtool does not take the folder for a database.
    Files.createDirectory(directory.resolve("wal"));
    List<String> lines = run("tsdb", "dump", directory.toString());

    List<String> expected = new ArrayList<>();
    all.forEach(
        (labels, samples) -> {
          for (Sample sample : samples) {
            expected.add(name(labels) + " " + sample.timestampMs());
          }
        });
    List<String> found = new ArrayList<>();
    List<Double> values = new ArrayList<>();
    for (String line : lines) {
      int timestampAt = line.lastIndexOf(' ');
      int valueAt = line.lastIndexOf(' ', timestampAt - 1);
      found.add(line.substring(0, valueAt) + line.substring(timestampAt));
      values.add(Double.valueOf(line.substring(valueAt + 1, timestampAt)));
    }
    assertThat(found).isEqualTo(expected);
    List<Double> expectedValues = new ArrayList<>();
    all.values().forEach(samples -> samples.forEach(sample -> expectedValues.add(sample.value())));
    assertThat(values).isEqualTo(expectedValues);
  }

  @Test
  void listsAndAnalyzesABlockWithHistograms(@TempDir Path directory) throws Exception {
    TreeMap<Labels, List<Sample>> all = TestSeries.random(new Random(2), 200, true);
    BlockMeta meta =
        TestSeries.write(
            new LocalDurableFiles(), directory, "01J0000000000000000000TEST", all, 1L << 29);

    List<String> list = run("tsdb", "list", directory.toString());
    List<String> analysis = run("tsdb", "analyze", directory.toString());

    assertThat(list.getLast().split("\\s+"))
        .startsWith("01J0000000000000000000TEST")
        .contains(
            Long.toString(meta.minTimeMs()),
            Long.toString(meta.maxTimeMs()),
            Long.toString(meta.stats().samples()),
            Long.toString(meta.stats().chunks()),
            Long.toString(all.size()));
    assertThat(analysis).contains("Series: " + all.size());
  }

  @Test
  void blocksThatPromtoolMakesHaveTheSameContentHere(@TempDir Path directory) throws Exception {
    TreeMap<Labels, List<Sample>> all = new TreeMap<>();
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 50; i++) {
      Labels labels = Labels.of("__name__", "m" + i % 5, "id", "v" + i);
      List<Sample> samples = TestSeries.floats(new Random(i), 700);
      all.put(labels, samples);
      for (Sample sample : samples) {
        text.append(
            "m%d{id=\"v%d\"} %s %d.%03d\n"
                .formatted(
                    i % 5,
                    i,
                    Double.isNaN(sample.value()) ? "NaN" : Double.toString(sample.value()),
                    sample.timestampMs() / 1000,
                    sample.timestampMs() % 1000));
      }
    }
    Path file = directory.resolve("data.om");
    Files.writeString(file, text.append("# EOF\n"));
    Path made = Files.createDirectory(directory.resolve("made"));

    run("tsdb", "create-blocks-from", "openmetrics", file.toString(), made.toString());

    QueryControl control = QueryControl.unlimited();
    TreeMap<Labels, List<Sample>> found = new TreeMap<>();
    try (Blocks blocks = Blocks.open(new LocalDurableFiles(), made)) {
      assertThat(blocks.metas()).hasSizeGreaterThan(1);
      for (BlockReader block : blocks.readers()) {
        assertThat(BlockCheck.findings(block)).isEmpty();
      }
      for (Querier querier : blocks.queriers(Long.MIN_VALUE, Long.MAX_VALUE, control)) {
        try (querier) {
          SelectHints hints = SelectHints.sorted(Long.MIN_VALUE, Long.MAX_VALUE);
          TestSeries.read(querier.select(hints, List.of()), control)
              .forEach(
                  (labels, samples) ->
                      found.computeIfAbsent(labels, _ -> new ArrayList<>()).addAll(samples));
        }
      }
    }
    assertThat(found.keySet()).isEqualTo(all.keySet());
    found.forEach(
        (labels, samples) -> {
          List<Sample> expected = Objects.requireNonNull(all.get(labels));
          assertThat(samples).hasSameSizeAs(expected);
          for (int i = 0; i < samples.size(); i++) {
            assertThat(samples.get(i).timestampMs()).isEqualTo(expected.get(i).timestampMs());
            assertThat(Double.valueOf(samples.get(i).value()))
                .isEqualTo(Double.valueOf(expected.get(i).value()));
          }
        });
  }

  private static String name(Labels labels) {
    StringBuilder text = new StringBuilder("{");
    labels
        .toMap()
        .forEach(
            (name, value) -> {
              text.append(text.length() > 1 ? ", " : "").append(name).append("=");
              text.append('"')
                  .append(value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n"))
                  .append('"');
            });
    return text.append('}').toString();
  }

  private List<String> run(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(promtool.toString()));
    command.addAll(List.of(arguments));
    Path output = Files.createTempFile("promtool", ".out");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    int status = process.waitFor();
    List<String> lines = Files.readAllLines(output, StandardCharsets.UTF_8);
    Files.delete(output);
    assertThat(status).as(String.join("\n", lines)).isZero();
    return lines;
  }
}
