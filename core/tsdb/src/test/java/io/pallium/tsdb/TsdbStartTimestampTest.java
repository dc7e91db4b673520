package io.pallium.tsdb;

import static io.pallium.tsdb.TsdbFixture.NOW_MS;
import static io.pallium.tsdb.TsdbFixture.TENANT;
import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.chunk.ChunkEncoding;
import io.pallium.model.LabelMatcher;
import io.pallium.model.Labels;
import io.pallium.model.NativeHistogram;
import io.pallium.model.NativeHistogram.ResetHint;
import io.pallium.tsdb.TsdbFixture.Sample;
import io.pallium.tsdb.block.BlockCheck;
import io.pallium.tsdb.block.BlockReader;
import io.pallium.tsdb.block.BlockScan;
import io.pallium.tsdb.file.LocalDurableFiles;
import io.pallium.tsdb.head.HeadConfig;
import io.pallium.tsdb.head.HeadLimits;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Start timestamps from a write to a block of blocks, and what becomes of samples without them.
class TsdbStartTimestampTest {
  private static final Labels STARTED = Labels.of("__name__", "started");
  private static final Labels PLAIN = Labels.of("__name__", "plain");
  private static final long RANGE_MS = 1000;
  private static final long FROM_MS = NOW_MS - 20 * RANGE_MS;

  @TempDir Path directory;

  private final Map<Labels, TreeMap<Long, Object>> expected = new TreeMap<>();

  private TsdbFixture open(HeadConfig head) {
    HeadLimits limits =
        new HeadLimits(0, 0, Duration.ofMinutes(10), Duration.ofMillis(2 * RANGE_MS), 0, 0);
    return new TsdbFixture(directory, head, _ -> limits);
  }

  private TsdbFixture open() {
    return open(TsdbFixture.head(RANGE_MS, 2 * RANGE_MS, 10));
  }

  private TreeMap<Long, Object> expected(Labels series) {
    return expected.computeIfAbsent(series, _ -> new TreeMap<>());
  }

  private void write(TsdbFixture db, Sample... samples) {
    assertThat(db.write(TENANT, samples).hasRejected()).isFalse();
    for (Sample sample : samples) {
      expected(sample.labels()).put(sample.timestampMs(), sample.content());
    }
  }

  /// Counters that begin anew now and then, histograms among them, some samples late.
  private void writeAll(TsdbFixture db) {
    for (int i = 0; i < 100; i++) {
      long timestampMs = FROM_MS + i * 50;
      long startMs = FROM_MS + i / 25 * 1000 - 7;
      write(
          db,
          i % 20 > 16
              ? Sample.of(STARTED, timestampMs, histogram(i)).since(startMs)
              : Sample.of(STARTED, timestampMs, i).since(i % 10 == 3 ? 0 : startMs),
          Sample.of(PLAIN, timestampMs, i));
      if (i % 3 == 2) {
        write(db, Sample.of(STARTED, timestampMs - 23, i * 7.0).since(startMs - 1));
      }
    }
  }

  private static NativeHistogram histogram(int count) {
    return new NativeHistogram(
        ResetHint.GAUGE,
        false,
        1,
        0.5,
        0,
        count,
        count,
        new int[] {0, 1},
        new long[] {count},
        new int[0],
        new long[0],
        new double[0]);
  }

  @Test
  void areReadFromTheHeadAfterARestartFromBlocksAndFromWhatBecomesOfThem() {
    try (TsdbFixture db = open()) {
      writeAll(db);
      assertThat(db.readAll(TENANT)).isEqualTo(expected);

      db.restart();
      assertThat(db.readAll(TENANT)).isEqualTo(expected);

      db.tsdb.maintain();
      assertThat(db.tsdb.blocks(TENANT)).isNotEmpty();
      assertThat(db.readAll(TENANT)).isEqualTo(expected);

      db.tsdb.flush(TENANT);
      db.restartCompacting();
      db.tsdb.maintain();
      assertThat(db.tsdb.blocks(TENANT)).hasSizeLessThan(5);
      assertThat(db.readAll(TENANT)).isEqualTo(expected);
      assertThat(db.read(TENANT, FROM_MS + 333, FROM_MS + 2222).get(STARTED))
          .isEqualTo(
              new TreeMap<>(expected(STARTED).subMap(FROM_MS + 333, true, FROM_MS + 2222, true)));
    }
  }

  @Test
  void stayWithTheSamplesThatADeletionLeaves() {
    try (TsdbFixture db = open()) {
      writeAll(db);
      db.tsdb.flush(TENANT);
      List<LabelMatcher> started =
          List.of(LabelMatcher.of(LabelMatcher.Type.EQUAL, "__name__", "started"));
      db.tsdb.delete(TENANT, started, FROM_MS + 100, FROM_MS + 700);
      expected(STARTED).subMap(FROM_MS + 100, true, FROM_MS + 700, true).clear();
      assertThat(db.readAll(TENANT)).isEqualTo(expected);

      db.time.advance(Duration.ofHours(2));
      db.restartCompacting();
      db.tsdb.maintain();
      assertThat(db.readAll(TENANT)).isEqualTo(expected);
    }
  }

  @Test
  void changeNoChunkOfASeriesWithoutThem() throws Exception {
    try (TsdbFixture db = open()) {
      writeAll(db);
      db.tsdb.flush(TENANT);

      assertThat(encodings(PLAIN)).containsExactly(ChunkEncoding.XOR);
      assertThat(encodings(STARTED))
          .contains(ChunkEncoding.XOR2, ChunkEncoding.STARTED_HISTOGRAM)
          .doesNotContain(ChunkEncoding.HISTOGRAM);
    }
  }

  @Test
  void areDroppedUnlessTheyAreToBeStored() throws Exception {
    try (TsdbFixture db = open(HeadConfig.defaults())) {
      write(db, Sample.of(STARTED, NOW_MS, 1), Sample.of(STARTED, NOW_MS + 1, histogram(2)));
      db.write(
          TENANT,
          Sample.of(PLAIN, NOW_MS, 1).since(NOW_MS - 5),
          Sample.of(PLAIN, NOW_MS + 1, histogram(2)).since(NOW_MS - 5));
      expected.put(PLAIN, expected(STARTED));
      assertThat(db.readAll(TENANT)).isEqualTo(expected);

      db.restart();
      assertThat(db.readAll(TENANT)).isEqualTo(expected);
      db.tsdb.flush(TENANT);
      assertThat(encodings(PLAIN)).containsExactly(ChunkEncoding.XOR, ChunkEncoding.HISTOGRAM);
    }
  }

  @Test
  void areNoReasonToRefuseARepetition() {
    try (TsdbFixture db = open()) {
      write(db, Sample.of(STARTED, NOW_MS, 1).since(NOW_MS - 5));

      assertThat(db.write(TENANT, Sample.of(STARTED, NOW_MS, 1)).storedSamples()).isOne();
      assertThat(db.write(TENANT, Sample.of(STARTED, NOW_MS, 1).since(9)).storedSamples()).isOne();
      assertThat(db.readAll(TENANT)).isEqualTo(expected);
    }
  }

  /// How the chunks of a series are encoded in the blocks, all of which are whole.
  private List<Integer> encodings(Labels series) throws Exception {
    TreeSet<Integer> found = new TreeSet<>();
    Path blocks = directory.resolve("blocks").resolve(TENANT.value());
    List<Path> folders = new ArrayList<>();
    try (var all = Files.list(blocks)) {
      all.filter(path -> Files.exists(path.resolve("meta.json"))).forEach(folders::add);
    }
    for (Path folder : folders) {
      BlockReader block = BlockReader.open(new LocalDurableFiles(), folder);
      assertThat(BlockCheck.findings(block)).isEmpty();
      try (BlockScan scan = block.scan()) {
        while (scan.next()) {
          for (int chunk = 0; scan.labels().equals(series) && chunk < scan.chunkCount(); chunk++) {
            scan.read(chunk);
            found.add(scan.encoding());
          }
        }
      }
      block.close();
    }
    return List.copyOf(found);
  }
}
