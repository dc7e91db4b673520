package io.pallium.tsdb;

import static io.pallium.tsdb.TsdbFixture.TENANT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pallium.base.clock.ManualTimeSource;
import io.pallium.base.config.DataSize;
import io.pallium.chunk.ChunkEncoding;
import io.pallium.model.Labels;
import io.pallium.model.NativeHistogram;
import io.pallium.model.NativeHistogram.ResetHint;
import io.pallium.model.WriteBatch;
import io.pallium.storage.QueryControl;
import io.pallium.tsdb.block.BlockCheck;
import io.pallium.tsdb.block.BlockReader;
import io.pallium.tsdb.block.BlockScan;
import io.pallium.tsdb.block.Blocks;
import io.pallium.tsdb.compact.CompactionConfig;
import io.pallium.tsdb.file.LocalDurableFiles;
import io.pallium.tsdb.head.HeadConfig;
import io.pallium.tsdb.log.LogConfig;
import io.pallium.tsdb.log.LogReplayProgress;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What Prometheus has put into a block, written here from a write to a block of our own: the same
/// series, samples, and encodings of chunks. Where chunks end is each database's own affair.
class TsdbGoldenBlockTest {
  private static final Duration RANGE = Duration.ofDays(100_000);

  private final Path shared = Path.of(System.getProperty("pallium.shared", ""));
  private final LocalDurableFiles files = new LocalDurableFiles();

  @TempDir Path directory;

  /// A series of a block.
  ///
  /// @param encodings of its chunks, in order, each that follows one of its kind left out
  private record Series(List<Integer> encodings, TreeMap<Long, Object> samples) {}

  @Test
  void ourBlockOfTheGoldenDataIsLikeThatOfPrometheus() throws IOException {
    Path theirs = shared.resolve("blocks").resolve("prometheus-3.14");
    assumeTrue(Files.isDirectory(theirs), "no blocks in the folder of pallium.shared");
    Map<Labels, Series> expected = read(theirs);

    try (Tsdb tsdb = open()) {
      expected.forEach((labels, series) -> write(tsdb, labels, series.samples));
      tsdb.flush(TENANT);
    }

    Path ours = directory.resolve("blocks").resolve(TENANT.value());
    assertThat(read(ours)).isEqualTo(expected);
    assertThat(expected).hasSize(186);
    assertThat(expected.values().stream().flatMap(series -> series.encodings.stream()))
        .contains(ChunkEncoding.XOR, ChunkEncoding.HISTOGRAM, ChunkEncoding.FLOAT_HISTOGRAM);
  }

  private static void write(Tsdb tsdb, Labels labels, TreeMap<Long, Object> samples) {
    WriteBatch batch = new WriteBatch().reset(TENANT);
    batch.addSeries(WriteBatch.NO_REF, labels.bytes(), 0, labels.bytes().length);
    samples.forEach(
        (timestampMs, sample) -> {
          if (sample instanceof NativeHistogram histogram) {
            batch.addHistogram(timestampMs, histogram);
          } else {
            batch.addSample(timestampMs, (Long) sample);
          }
        });
    assertThat(tsdb.write(batch).join().storedSamples()).isEqualTo(samples.size());
  }

  /// The only block of a directory, which is sound.
  private Map<Labels, Series> read(Path directory) throws IOException {
    String ulid;
    try (Blocks blocks = Blocks.open(files, directory)) {
      assertThat(blocks.metas()).hasSize(1);
      ulid = blocks.metas().getFirst().ulid();
    }
    Map<Labels, Series> all = new TreeMap<>();
    try (BlockReader block = BlockReader.open(files, directory.resolve(ulid))) {
      assertThat(BlockCheck.findings(block)).isEmpty();
      try (BlockScan scan = block.scan()) {
        while (scan.next()) {
          TreeMap<Long, Object> samples =
              TsdbFixture.samples(scan.samples(0, scan.chunkCount()), QueryControl.unlimited());
          samples.replaceAll((_, sample) -> withoutHint(sample));
          all.put(scan.labels(), new Series(encodings(scan), samples));
        }
      }
    }
    return all;
  }

  private static List<Integer> encodings(BlockScan scan) {
    List<Integer> encodings = new ArrayList<>();
    for (int chunk = 0; chunk < scan.chunkCount(); chunk++) {
      scan.read(chunk);
      if (encodings.isEmpty() || encodings.getLast().intValue() != scan.encoding()) {
        encodings.add(scan.encoding());
      }
    }
    return encodings;
  }

  /// What is known of a counter reset depends on where the chunk before ends.
  private static Object withoutHint(Object sample) {
    return sample instanceof NativeHistogram histogram
            && histogram.resetHint() != ResetHint.GAUGE
            && !histogram.isStale()
        ? histogram.withResetHint(ResetHint.UNKNOWN)
        : sample;
  }

  /// One block takes all, and the head everything that is not in the future.
  private Tsdb open() {
    return Tsdb.open(
        new TsdbConfig(
            directory,
            new HeadConfig(RANGE, RANGE, DataSize.ofBytes(0), 120, 1 << 20, 100, 100, false),
            LogConfig.defaults(),
            CompactionConfig.defaults(),
            Duration.ofHours(1),
            Duration.ZERO),
        files,
        new ManualTimeSource(RANGE.toMillis()),
        TsdbLimits.DEFAULTS,
        new PrometheusRegistry(),
        LogReplayProgress.NONE);
  }
}
