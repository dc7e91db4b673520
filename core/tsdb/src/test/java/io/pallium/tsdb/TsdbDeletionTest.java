package io.pallium.tsdb;

import static io.pallium.tsdb.TsdbFixture.NOW_MS;
import static io.pallium.tsdb.TsdbFixture.OTHER;
import static io.pallium.tsdb.TsdbFixture.TENANT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pallium.base.CorruptDataException;
import io.pallium.model.LabelMatcher;
import io.pallium.model.Labels;
import io.pallium.model.NativeHistogram;
import io.pallium.model.RejectReason;
import io.pallium.model.WriteResult;
import io.pallium.tsdb.TsdbFixture.Sample;
import io.pallium.tsdb.file.SimulatedFiles;
import io.pallium.tsdb.head.HeadLimits;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/// Blocks of 1,000 ms that grow to 3,000 and 9,000 ms.
class TsdbDeletionTest {
  private static final Path DIRECTORY = Path.of("data");
  private static final long RANGE_MS = 1_000;
  private static final long START_MS = NOW_MS / 9_000 * 9_000 - 90_000;
  private static final Labels A = Labels.of("__name__", "a");
  private static final Labels B = Labels.of("__name__", "b", "job", "x");

  private static TsdbFixture open(SimulatedFiles files) {
    return new TsdbFixture(
        DIRECTORY, TsdbFixture.head(RANGE_MS, RANGE_MS, 7), _ -> HeadLimits.defaults(), files);
  }

  private static List<LabelMatcher> named(String name) {
    return List.of(LabelMatcher.of(LabelMatcher.Type.EQUAL, Labels.METRIC_NAME, name));
  }

  private static void write(TsdbFixture db, long fromMs, long toMs) {
    for (long t = fromMs; t < toMs; t += 100) {
      db.write(TENANT, Sample.of(A, t, t), Sample.of(B, t, -t));
      db.write(OTHER, Sample.of(A, t, t));
    }
  }

  @Test
  void deletedSamplesAreNotSeenInHeadAndBlocksAndStayAwayAfterARestart() {
    try (TsdbFixture db = open(new SimulatedFiles(1))) {
      write(db, START_MS, START_MS + 2_000);
      db.tsdb.flush(TENANT);
      write(db, START_MS + 2_000, START_MS + 3_000);

      db.tsdb.delete(TENANT, named("a"), START_MS + 1_500, START_MS + 2_499);

      assertDeleted(db);
      db.restart();
      assertDeleted(db);
      // From a checkpoint too, and into a block.
      db.tsdb.flush(OTHER);
      db.restart();
      assertDeleted(db);
      db.tsdb.flush(TENANT);
      assertDeleted(db);
      db.restart();
      assertDeleted(db);
    }
  }

  private static void assertDeleted(TsdbFixture db) {
    TreeMap<Long, Object> left = new TreeMap<>(db.readAll(TENANT).getOrDefault(A, new TreeMap<>()));
    assertThat(left).hasSize(20);
    assertThat(left.subMap(START_MS + 1_500, START_MS + 2_500)).isEmpty();
    assertThat(db.readAll(TENANT).get(B)).hasSize(30);
    assertThat(db.readAll(OTHER).get(A)).hasSize(30);
  }

  @Test
  void samplesThatComeLaterAreNotDeleted() {
    try (TsdbFixture db = open(new SimulatedFiles(1))) {
      write(db, START_MS, START_MS + 500);

      db.tsdb.delete(TENANT, named("a"), Long.MIN_VALUE, Long.MAX_VALUE);
      assertThat(db.readAll(TENANT)).containsOnlyKeys(B);
      db.write(TENANT, Sample.of(A, START_MS + 600, 1));

      assertThat(db.readAll(TENANT).get(A)).hasSize(1);
      db.restart();
      assertThat(db.readAll(TENANT).get(A)).hasSize(1);
    }
  }

  @Test
  void samplesThatComeOutOfOrderIntoWhatIsDeletedAreRefused() {
    HeadLimits limits =
        new HeadLimits(0, 0, Duration.ofMinutes(10), Duration.ofMillis(RANGE_MS), 0, 0);
    try (TsdbFixture db =
        new TsdbFixture(
            DIRECTORY,
            TsdbFixture.head(RANGE_MS, RANGE_MS, 7),
            _ -> limits,
            new SimulatedFiles(1))) {
      write(db, START_MS, START_MS + 500);
      db.tsdb.delete(TENANT, named("a"), START_MS + 100, START_MS + 300);

      WriteResult within = db.write(TENANT, Sample.of(A, START_MS + 150, 1));
      assertThat(within.firstReason()).isEqualTo(RejectReason.TOO_OLD);
      assertThat(db.write(TENANT, Sample.of(A, START_MS + 350, 1)).hasRejected()).isFalse();
      assertThat(db.write(TENANT, Sample.of(B, START_MS + 150, 1)).hasRejected()).isFalse();

      db.restart();
      assertThat(db.readAll(TENANT).get(A))
          .containsOnlyKeys(START_MS, START_MS + 350, START_MS + 400);
      assertThat(db.write(TENANT, Sample.of(A, START_MS + 150, 1)).hasRejected()).isTrue();
    }
  }

  @Test
  void rewritingRemovesWhatIsDeletedFromTheFiles() {
    try (TsdbFixture db = open(new SimulatedFiles(1))) {
      write(db, START_MS, START_MS + 3_000);
      db.tsdb.flush(TENANT);
      db.tsdb.delete(TENANT, named("a"), START_MS, START_MS + 999);
      Map<Labels, TreeMap<Long, Object>> before = db.readAll(TENANT);
      assertThat(db.tsdb.blocks(TENANT).getFirst().stats().samples()).isEqualTo(20);

      db.tsdb.removeDeleted(TENANT);

      assertThat(db.tsdb.blocks(TENANT).getFirst().stats().samples()).isEqualTo(10);
      assertThat(db.tsdb.blocks(TENANT)).hasSize(3);
      assertThat(db.readAll(TENANT)).isEqualTo(before);
      db.restart();
      assertThat(db.readAll(TENANT)).isEqualTo(before);
    }
  }

  @Test
  void compactionRewritesWhatWasDeletedLongEnoughAgo() {
    try (TsdbFixture db = open(new SimulatedFiles(1))) {
      write(db, START_MS, START_MS + 1_000);
      db.tsdb.flush(TENANT);
      write(db, START_MS + 1_000, START_MS + 2_000);
      db.tsdb.flush(TENANT);
      db.restartCompacting();
      db.tsdb.delete(TENANT, named("a"), START_MS, START_MS + 999);

      db.tsdb.maintain();
      assertThat(db.tsdb.blocks(TENANT).getFirst().stats().samples()).isEqualTo(20);
      db.time.advance(java.time.Duration.ofMinutes(11));
      db.tsdb.maintain();
      assertThat(db.tsdb.blocks(TENANT).getFirst().stats().samples()).isEqualTo(10);
    }
  }

  @Test
  void theLastBlockOfATenantIsNotRewrittenToNothing() {
    try (TsdbFixture db = open(new SimulatedFiles(1))) {
      write(db, START_MS, START_MS + 1_000);
      db.tsdb.flush(TENANT);

      db.tsdb.delete(TENANT, List.of(), Long.MIN_VALUE, Long.MAX_VALUE);
      db.tsdb.removeDeleted(TENANT);

      assertThat(db.readAll(TENANT)).isEmpty();
      // The log still has these samples, and the end of the block keeps them there.
      db.restart();
      assertThat(db.readAll(TENANT)).isEmpty();
      write(db, START_MS + 1_000, START_MS + 2_000);
      db.tsdb.flush(TENANT);
      db.tsdb.removeDeleted(TENANT);
      assertThat(db.tsdb.blocks(TENANT)).hasSize(1);
    }
  }

  @Test
  void theLastBlockStaysAlsoIfTheHeadWasCutFurther() {
    try (TsdbFixture db = open(new SimulatedFiles(1))) {
      write(db, START_MS, START_MS + 2_800);
      write(db, START_MS + 5_000, START_MS + 5_100);
      db.tsdb.maintain();
      assertThat(db.tsdb.blocks(TENANT)).hasSize(3);

      db.tsdb.delete(TENANT, List.of(), Long.MIN_VALUE, START_MS + 2_999);
      db.tsdb.removeDeleted(TENANT);

      assertThat(db.readAll(TENANT).get(A)).hasSize(1);
      // The log still has what was deleted.
      db.restart();
      assertThat(db.readAll(TENANT).get(A)).hasSize(1);
    }
  }

  @Test
  void deletionIsRefusedWhereADamagedBlockMayHaveMore() throws IOException {
    SimulatedFiles files = new SimulatedFiles(1);
    try (TsdbFixture db = open(files)) {
      write(db, START_MS, START_MS + 1_000);
      db.tsdb.flush(TENANT);
      String ulid = db.tsdb.blocks(TENANT).getFirst().ulid();
      files.corrupt(DIRECTORY.resolve("blocks/tenant-1").resolve(ulid).resolve("index"), 8, 1);
      db.restart();

      assertThatThrownBy(() -> db.tsdb.delete(TENANT, named("a"), 0, Long.MAX_VALUE))
          .isInstanceOf(CorruptDataException.class)
          .hasMessageContaining(ulid);
    }
  }

  /// Any sequence of writes (floats and histograms), deletions, flushes, compactions, rewritings
  /// and restarts gives what a naive model gives.
  @Property(tries = 60)
  void anySequenceEqualsANaiveModel(@ForAll long seed) {
    Random random = new Random(seed);
    SimulatedFiles files = new SimulatedFiles(seed);
    Map<Labels, TreeMap<Long, Object>> model = new HashMap<>();
    try (TsdbFixture db = open(files)) {
      db.restartCompacting();
      long nowMs = START_MS;
      for (int step = 0; step < 60; step++) {
        switch (random.nextInt(9)) {
          case 0 -> db.tsdb.flush(TENANT);
          case 1 -> db.tsdb.maintain();
          case 2 -> db.restart();
          case 3 -> db.tsdb.removeDeleted(TENANT);
          case 4 -> {
            long fromMs = START_MS + random.nextInt((int) (nowMs - START_MS) + 1);
            long toMs = fromMs + random.nextInt(1_500);
            String name = random.nextBoolean() ? "a" : "b";
            db.tsdb.delete(TENANT, named(name), fromMs, toMs);
            model.forEach(
                (labels, samples) -> {
                  if (name.equals(labels.get(Labels.METRIC_NAME))) {
                    samples.subMap(fromMs, true, toMs, true).clear();
                  }
                });
          }
          default -> {
            for (int i = 0; i < 10; i++) {
              nowMs += 1 + random.nextInt(60);
              write(db, model, nowMs, random);
            }
          }
        }
        model.values().removeIf(TreeMap::isEmpty);
        assertThat(db.readAll(TENANT)).as("after step %d", step).isEqualTo(model);
      }
    }
  }

  private static void write(
      TsdbFixture db, Map<Labels, TreeMap<Long, Object>> model, long nowMs, Random random) {
    double value = random.nextInt(1000);
    db.write(TENANT, Sample.of(A, nowMs, value));
    model.computeIfAbsent(A, _ -> new TreeMap<>()).put(nowMs, Double.doubleToRawLongBits(value));
    NativeHistogram histogram = NativeHistogram.stale(random.nextInt(5) == 0);
    db.write(TENANT, Sample.of(B, nowMs, histogram));
    model.computeIfAbsent(B, _ -> new TreeMap<>()).put(nowMs, histogram);
  }
}
