package io.pallium.tsdb;

import static io.pallium.tsdb.TsdbFixture.NOW_MS;
import static io.pallium.tsdb.TsdbFixture.OTHER;
import static io.pallium.tsdb.TsdbFixture.TENANT;
import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.model.Labels;
import io.pallium.model.RejectReason;
import io.pallium.tsdb.TsdbFixture.Sample;
import io.pallium.tsdb.file.SimulatedFiles;
import io.pallium.tsdb.head.HeadConfig;
import io.pallium.tsdb.head.HeadLimits;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// The cut of a tenant that has not written for an hour, by the clock and not by its samples.
class TsdbIdleCutTest {
  private static final Duration IDLE = Duration.ofHours(1);
  private static final Labels A = Labels.of("__name__", "a");

  private static TsdbFixture open() {
    return new TsdbFixture(
        Path.of("data"), HeadConfig.defaults(), _ -> HeadLimits.defaults(), new SimulatedFiles(1));
  }

  /// Samples of the last minutes, all in the open range.
  private static void write(TsdbFixture db) {
    for (int minute = 10; minute >= 0; minute--) {
      db.write(TENANT, Sample.of(A, db.time.nowMs() - minute * 60_000L, minute));
    }
  }

  @Test
  void aTenantIsCutWholeWhenMoreThanTheIdleTimeHasGoneByWithoutAWrite() {
    try (TsdbFixture db = open()) {
      write(db);
      Map<Labels, TreeMap<Long, Object>> written = db.readAll(TENANT);
      db.time.advance(IDLE);
      db.tsdb.maintain();
      assertThat(db.tsdb.blocks(TENANT)).isEmpty();

      db.time.advance(Duration.ofNanos(1));
      db.tsdb.maintain();

      assertThat(db.tsdb.blocks(TENANT)).isNotEmpty();
      assertThat(db.tsdb.blocks(TENANT).getLast().maxTimeMs()).isEqualTo(NOW_MS + 1);
      assertThat(db.tsdb.blocks(TENANT).stream().mapToLong(b -> b.stats().samples()).sum())
          .isEqualTo(11);
      assertThat(db.metric("pallium_head_series")).isZero();
      assertThat(db.readAll(TENANT)).isEqualTo(written);
      int blocks = db.tsdb.blocks(TENANT).size();
      db.time.advance(IDLE.plusHours(1));
      db.tsdb.maintain();
      assertThat(db.tsdb.blocks(TENANT)).hasSize(blocks);
      db.restart();
      assertThat(db.readAll(TENANT)).isEqualTo(written);
    }
  }

  @Test
  void everyWriteBeginsTheIdleTimeAnewHoweverOldItsSamples() {
    try (TsdbFixture db = open()) {
      write(db);
      for (int i = 1; i <= 5; i++) {
        db.time.advance(IDLE);
        // A backlog: in data time this tenant is far behind, and only by the clock it is not idle.
        assertThat(db.write(TENANT, Sample.of(A, NOW_MS + i, i)).hasRejected()).isFalse();
        db.tsdb.maintain();
      }

      assertThat(db.tsdb.blocks(TENANT)).isEmpty();
    }
  }

  @Test
  void aTenantThatWritesIsNotCutWithOneThatIsIdle() {
    try (TsdbFixture db = open()) {
      write(db);
      db.write(OTHER, Sample.of(A, NOW_MS, 1));
      db.time.advance(IDLE);
      db.write(OTHER, Sample.of(A, NOW_MS + 1, 2));
      db.time.advance(Duration.ofMillis(1));

      db.tsdb.maintain();

      assertThat(db.tsdb.blocks(TENANT)).isNotEmpty();
      assertThat(db.tsdb.blocks(OTHER)).isEmpty();
    }
  }

  @Test
  void aStartBeginsTheIdleTimeAnew() {
    try (TsdbFixture db = open()) {
      write(db);
      db.time.advance(IDLE.minusMinutes(1));
      db.restart();
      db.time.advance(IDLE.minusMinutes(1));
      db.tsdb.maintain();
      assertThat(db.tsdb.blocks(TENANT)).isEmpty();

      db.time.advance(Duration.ofMinutes(2));
      db.tsdb.maintain();
      assertThat(db.tsdb.blocks(TENANT)).isNotEmpty();
    }
  }

  @Test
  void aTenantThatComesBackIsTakenFromItsNewestSampleOn() {
    try (TsdbFixture db = open()) {
      write(db);
      db.time.advance(IDLE.plusMillis(1));
      db.tsdb.maintain();

      Labels late = Labels.of("__name__", "late");
      assertThat(db.write(TENANT, Sample.of(late, NOW_MS, 1)).firstReason())
          .isEqualTo(RejectReason.OUT_OF_BOUNDS);
      assertThat(db.write(TENANT, Sample.of(late, NOW_MS + 1, 1)).hasRejected()).isFalse();
      assertThat(db.write(TENANT, Sample.of(A, NOW_MS + 1, 1)).hasRejected()).isFalse();
      assertThat(db.readAll(TENANT).get(A)).hasSize(12);
    }
  }

  @Test
  void segmentsThatOnlyIdleTenantsKeptAreRemoved() {
    try (TsdbFixture db = open()) {
      db.write(OTHER, Sample.of(A, NOW_MS, 1));
      for (int i = 0; i < 200; i++) {
        db.write(TENANT, Sample.of(Labels.of("pad", TsdbFixture.noise(i)), NOW_MS, 1));
        db.tsdb.maintain();
      }
      assertThat(db.metric("pallium_log_segments")).isGreaterThan(20);
      db.time.advance(IDLE.plusMillis(1));
      // The other tenant keeps the first segment for its one sample, and is as idle.
      db.tsdb.maintain();

      // Those that two checkpoints do not stand for are left, and the open one.
      assertThat(db.metric("pallium_log_segments")).isLessThanOrEqualTo(9);
      assertThat(db.readAll(OTHER).get(A)).hasSize(1);
      assertThat(db.readAll(TENANT)).hasSize(200);
    }
  }
}
