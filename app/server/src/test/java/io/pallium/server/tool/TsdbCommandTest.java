package io.pallium.server.tool;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.chunk.ChunkEncoding;
import io.pallium.chunk.HistogramWriter;
import io.pallium.chunk.Xor2Writer;
import io.pallium.chunk.XorWriter;
import io.pallium.model.Labels;
import io.pallium.model.NativeHistogram;
import io.pallium.tsdb.block.BlockWriter;
import io.pallium.tsdb.file.LocalDurableFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TsdbCommandTest {
  private static final String ULID = "01J0000000000000000000TEST";

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  @TempDir Path data;

  @BeforeEach
  void writeBlock() throws IOException {
    Path tenant = Files.createDirectories(data.resolve("blocks").resolve("team-a"));
    try (BlockWriter writer = new BlockWriter(new LocalDurableFiles(), tenant, ULID)) {
      XorWriter floats = new XorWriter();
      floats.append(1000, 1.5);
      floats.append(2000, 1e6);
      floats.append(3000, Double.NaN);
      byte[] chunk = floats.toBytes();
      writer.addSeries(Labels.of("__name__", "a", "job", "x\"y"));
      writer.addChunk(ChunkEncoding.XOR, 1000, 3000, chunk, 0, chunk.length);
      HistogramWriter histograms = new HistogramWriter();
      histograms.append(
          1000,
          new NativeHistogram(
              NativeHistogram.ResetHint.UNKNOWN,
              false,
              0,
              0.001,
              0,
              3,
              5.5,
              new int[] {0, 2},
              new long[] {1, 1},
              new int[0],
              new long[0],
              new double[0]),
          0);
      byte[] histogram = histograms.cut();
      writer.addSeries(Labels.of("__name__", "b", "job", "x"));
      writer.addChunk(ChunkEncoding.HISTOGRAM, 1000, 1000, histogram, 0, histogram.length);
      Xor2Writer started = new Xor2Writer();
      started.append(1000, 7, 400);
      started.append(2000, 8, 0);
      byte[] xor2 = started.cut();
      writer.addSeries(Labels.of("__name__", "c"));
      writer.addChunk(ChunkEncoding.XOR2, 1000, 2000, xor2, 0, xor2.length);
      writer.finish();
    }
  }

  private int run(String... arguments) {
    return TsdbCommand.commandLine(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8))
        .execute(arguments);
  }

  private String output() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private Path block() {
    return data.resolve("blocks").resolve("team-a").resolve(ULID);
  }

  @Test
  void dumpPrintsSamplesAsPromtoolDoes() {
    assertThat(run("dump", data.toString())).isZero();

    assertThat(output())
        .isEqualTo(
            """
            {__name__="a", job="x\\"y"} 1.5 1000
            {__name__="a", job="x\\"y"} 1e+06 2000
            {__name__="a", job="x\\"y"} NaN 3000
            {__name__="b", job="x"} {count:3, sum:5.5, (0.5,1]:1, (1,2]:2} 1000
            {__name__="c"} 7 1000 st@400
            {__name__="c"} 8 2000
            """);
  }

  @Test
  void dumpKeepsToTimes() {
    assertThat(run("dump", "--min-time=2000", "--max-time=2000", block().toString())).isZero();

    assertThat(output())
        .isEqualTo("{__name__=\"a\", job=\"x\\\"y\"} 1e+06 2000\n{__name__=\"c\"} 8 2000\n");
  }

  @Test
  void listShowsTenantAndCounts() {
    assertThat(run("list", data.toString())).isZero();

    assertThat(output().lines().toList().getLast().split(" +"))
        .startsWith(ULID, "1000", "3001", "0h00m02s", "6", "3", "3")
        .endsWith("team-a");
  }

  @Test
  void analyzeCountsSeriesAndBytes() {
    assertThat(run("analyze", data.toString())).isZero();

    assertThat(output())
        .contains("Block ID: " + ULID, "Tenant: team-a", "Series: 3", "Label names: 2")
        .contains("Samples: 6", "Chunks: 3, 0 full", "1 chunks, 3.0 samples each")
        .contains("floats with start timestamps: 1 chunks, 2.0 samples each")
        .contains("Churn: 2 series (66.7 %)")
        .contains("Highest cardinality labels:\n3 __name__\n2 job");
  }

  @Test
  void verifyNamesFileAndOffsetOfDamage() throws IOException {
    assertThat(run("verify", data.toString())).isZero();
    assertThat(output()).endsWith("1 passed, 0 failed\n");

    Path chunks = block().resolve("chunks").resolve("000001");
    byte[] bytes = Files.readAllBytes(chunks);
    bytes[12] ^= 1;
    Files.write(chunks, bytes);
    out.reset();

    assertThat(run("verify", data.toString())).isEqualTo(1);
    assertThat(output())
        .contains(chunks + ": chunk at offset 8 has checksum")
        .endsWith("0 passed, 1 failed\n");
  }

  @Test
  void verifyGoesOnAfterABlockThatDoesNotOpen() throws IOException {
    Path half = Files.createDirectory(block().resolveSibling("01J0000000000000000000HAFF"));

    assertThat(run("verify", data.toString())).isEqualTo(1);

    assertThat(output())
        .contains("block " + half + " has no meta.json")
        .endsWith("1 passed, 1 failed\n");
    assertThat(half).isEmptyDirectory();
  }

  @Test
  void directoryWithoutBlocksIsRefused() throws IOException {
    Path other = Files.createDirectory(data.resolve("other"));

    assertThat(run("list", other.toString())).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains(other + " has no blocks");
    assertThat(run("list", data.resolve("absent").toString())).isEqualTo(2);
    assertThat(run("list", "--tenant=team-b", data.toString())).isZero();
  }
}
