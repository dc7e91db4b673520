package io.pallium.tsdb;

import static io.pallium.tsdb.TsdbFixture.NOW_MS;
import static io.pallium.tsdb.TsdbFixture.OTHER;
import static io.pallium.tsdb.TsdbFixture.TENANT;
import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.base.config.DataSize;
import io.pallium.model.Labels;
import io.pallium.storage.Querier;
import io.pallium.storage.QueryControl;
import io.pallium.storage.SelectHints;
import io.pallium.storage.SeriesSet;
import io.pallium.tsdb.TsdbFixture.Sample;
import io.pallium.tsdb.block.BlockMeta;
import io.pallium.tsdb.compact.RetentionLimits;
import io.pallium.tsdb.file.SimulatedFiles;
import io.pallium.tsdb.head.HeadLimits;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// Blocks of 1,000 ms that grow to 3,000 and 9,000 ms.
class TsdbCompactionTest {
  private static final Path DIRECTORY = Path.of("data");
  private static final long RANGE_MS = 1_000;
  // Where a window of all ranges begins.
  private static final long START_MS = NOW_MS / 9_000 * 9_000 - 90_000;
  private static final Labels A = Labels.of("__name__", "a");
  private static final Labels B = Labels.of("__name__", "b", "job", "x");

  private final SimulatedFiles files = new SimulatedFiles(1);

  private TsdbFixture open() {
    return new TsdbFixture(
        DIRECTORY, TsdbFixture.head(RANGE_MS, RANGE_MS, 50), _ -> HeadLimits.defaults(), files);
  }

  /// Ten samples a range, of two series, and all cut into blocks of one range.
  private static void fill(TsdbFixture db, int ranges) {
    for (long t = START_MS; t < START_MS + ranges * RANGE_MS; t += 100) {
      db.write(TENANT, Sample.of(A, t, t), Sample.of(B, t, -t));
    }
    db.tsdb.flush(TENANT);
  }

  @Test
  void blocksGrowThroughTheRangesAndAnswerTheSame() {
    try (TsdbFixture db = open()) {
      fill(db, 11);
      Map<Labels, TreeMap<Long, Object>> before = db.readAll(TENANT);
      assertThat(db.tsdb.blocks(TENANT)).hasSize(11);

      db.restartCompacting();
      assertThat(db.tsdb.blocks(TENANT)).hasSize(11);
      db.tsdb.maintain();

      // Nine ranges in one block; the window of the last two is not over.
      assertThat(db.tsdb.blocks(TENANT).stream().map(meta -> meta.lineage().level()))
          .containsExactly(2, 1, 1);
      assertThat(db.tsdb.blocks(TENANT).getFirst().lineage().sources()).hasSize(9);
      assertThat(db.readAll(TENANT)).isEqualTo(before);
      assertThat(db.metric("pallium_compactions")).isEqualTo(1);
      assertThat(db.metric("pallium_compaction_failures")).isZero();
      assertThat(db.metric("pallium_blocks")).isEqualTo(3);
      db.restart();
      assertThat(db.readAll(TENANT)).isEqualTo(before);
      assertThat(db.tsdb.blocks(TENANT)).hasSize(3);
    }
  }

  @Test
  void aQueryThatIsOpenGoesOnWithTheBlocksOfBefore() {
    try (TsdbFixture db = open()) {
      fill(db, 10);
      Map<Labels, TreeMap<Long, Object>> before = db.readAll(TENANT);
      db.restartCompacting();
      QueryControl control = QueryControl.unlimited();
      try (Querier querier = db.tsdb.querier(TENANT, Long.MIN_VALUE, Long.MAX_VALUE, control)) {
        db.tsdb.maintain();
        assertThat(db.tsdb.blocks(TENANT)).hasSize(2);

        SeriesSet set =
            querier.select(SelectHints.sorted(Long.MIN_VALUE, Long.MAX_VALUE), List.of());
        assertThat(set.next()).isTrue();
        assertThat(TsdbFixture.samples(set.samples(), control)).isEqualTo(before.get(set.labels()));
      }
    }
  }

  @Test
  void aDamagedBlockIsLeftOutOfCompactionsAndHarmsNoOther() throws IOException {
    try (TsdbFixture db = open()) {
      fill(db, 10);
      db.write(OTHER, Sample.of(A, START_MS, 1), Sample.of(A, START_MS + 1_500, 1));
      db.write(OTHER, Sample.of(A, START_MS + 3_000, 1));
      db.tsdb.flush(OTHER);
      String damaged = db.tsdb.blocks(TENANT).get(4).ulid();
      db.tsdb.close();
      files.corrupt(
          DIRECTORY.resolve("blocks/tenant-1").resolve(damaged).resolve("chunks/000001"), 20, 1);
      db.restartCompacting();

      db.tsdb.maintain();
      assertThat(db.metric("pallium_compaction_failures")).isEqualTo(1);
      assertThat(db.tsdb.blocks(TENANT)).hasSize(10);
      assertThat(db.tsdb.blocks(OTHER)).hasSize(2);
      db.tsdb.maintain();

      // The other blocks of the window become one, and the damaged one stays beside it.
      assertThat(db.tsdb.blocks(TENANT)).hasSize(3);
      assertThat(db.tsdb.blocks(TENANT).stream().map(BlockMeta::ulid)).contains(damaged);
      assertThat(db.read(TENANT, START_MS, START_MS + 3_999).get(A)).hasSize(40);
    }
  }

  @Test
  void aFullDiskHoldsCompactionsBackAndNothingElse() {
    try (TsdbFixture db = open()) {
      fill(db, 10);
      Map<Labels, TreeMap<Long, Object>> before = db.readAll(TENANT);
      db.restartCompacting();
      files.setFreeBytes(500);
      db.tsdb.maintain();

      assertThat(db.metric("pallium_compaction_failures")).isEqualTo(1);
      assertThat(db.readAll(TENANT)).isEqualTo(before);
      files.setFreeBytes(Long.MAX_VALUE);
      db.tsdb.maintain();
      assertThat(db.tsdb.blocks(TENANT)).hasSize(2);
      assertThat(db.readAll(TENANT)).isEqualTo(before);
    }
  }

  @Test
  void blocksPastTheirAgeGo() {
    try (TsdbFixture db = open()) {
      fill(db, 10);
      db.tsdb.maintain();
      assertThat(db.tsdb.blocks(TENANT)).hasSize(10);

      long ageMs = NOW_MS - (START_MS + 4 * RANGE_MS);
      db.retention = new RetentionLimits(Duration.ofMillis(ageMs), DataSize.ZERO);
      db.tsdb.maintain();

      assertThat(db.tsdb.blocks(TENANT)).hasSize(6);
      assertThat(db.readAll(TENANT).getOrDefault(A, new TreeMap<>()).firstKey())
          .isEqualTo(START_MS + 4 * RANGE_MS);
      assertThat(db.metric("pallium_retention_removed_blocks")).isEqualTo(4);
      db.restart();
      assertThat(db.tsdb.blocks(TENANT)).hasSize(6);
    }
  }

  @Test
  void theOldestBlocksGoWhenAllAreTooLarge() {
    try (TsdbFixture db = open()) {
      fill(db, 10);
      double bytes = db.metric("pallium_blocks_bytes");

      db.retention = new RetentionLimits(Duration.ZERO, DataSize.ofBytes((long) (bytes * 0.55)));
      db.tsdb.maintain();

      assertThat(db.tsdb.blocks(TENANT)).hasSize(5);
      assertThat(db.tsdb.blocks(TENANT).getFirst().minTimeMs()).isEqualTo(START_MS + 5 * RANGE_MS);
      assertThat(db.metric("pallium_blocks_bytes")).isLessThanOrEqualTo(bytes * 0.55);
    }
  }
}
