package io.pallium.tsdb.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pallium.model.Labels;
import io.pallium.tsdb.block.TestSeries.Sample;
import io.pallium.tsdb.file.LocalDurableFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
