package io.pallium.tsdb;

import static io.pallium.tsdb.TsdbFixture.NOW_MS;
import static io.pallium.tsdb.TsdbFixture.OTHER;
import static io.pallium.tsdb.TsdbFixture.TENANT;
import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.model.LabelMatcher;
import io.pallium.model.Labels;
import io.pallium.model.TenantId;
import io.pallium.tsdb.TsdbFixture.Sample;
import io.pallium.tsdb.file.SimulatedFiles;
import io.pallium.tsdb.head.HeadConfig;
import io.pallium.tsdb.head.HeadLimits;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// Cuts of tenants that keep too many segments of the log. Blocks of two hours and an open range of
/// three: by the times of samples alone nothing is due.
class TsdbLogPressureTest {
  private static final int MAX_SEGMENTS = 6;
  private static final long MINUTE_MS = 60_000;
  private static final long START_MS = NOW_MS - 30 * MINUTE_MS;
  private static final String SEGMENTS = "pallium_log_segments";
  private static final Labels A = Labels.of("__name__", "a");

  private int pads;

  private static TsdbFixture open() {
    return new TsdbFixture(
        Path.of("data"),
        HeadConfig.defaults(),
        _ -> HeadLimits.defaults(),
        new SimulatedFiles(1),
        MAX_SEGMENTS);
  }

  /// Writes new series at a time until the log has so many segments.
  private void fill(TsdbFixture db, TenantId tenant, long timestampMs, int segments) {
    while (db.metric(SEGMENTS) < segments) {
      Labels labels = Labels.of("pad", TsdbFixture.noise(pads++));
      assertThat(db.write(tenant, Sample.of(labels, timestampMs, 1)).hasRejected()).isFalse();
    }
  }

  /// Two tenants in all segments but the last: the older half has times up to START + 3 min.
  private void fillForBoth(TsdbFixture db, int segments) {
    for (int i = 1; i <= segments; i++) {
      db.write(OTHER, Sample.of(A, START_MS + i * MINUTE_MS, i));
      fill(db, TENANT, START_MS + i * MINUTE_MS, i);
      if (i < segments) {
        // As it goes on all the time: it leaves checkpoints.
        db.tsdb.maintain();
      }
    }
    db.write(OTHER, Sample.of(A, NOW_MS, 0));
    db.write(TENANT, Sample.of(A, NOW_MS, 0));
  }

  @Test
  void nobodyIsCutWhileTheLogHasNoMoreSegmentsThanAllowed() {
    try (TsdbFixture db = open()) {
      fillForBoth(db, MAX_SEGMENTS);

      db.tsdb.maintain();

      assertThat(db.tsdb.blocks(TENANT)).isEmpty();
      assertThat(db.tsdb.blocks(OTHER)).isEmpty();
      assertThat(db.metric(SEGMENTS)).isEqualTo(MAX_SEGMENTS);
    }
  }

  @Test
  void tenantsInTheOlderHalfOfTooManySegmentsAreCutAsFarAsLetsItGo() {
    try (TsdbFixture db = open()) {
      fillForBoth(db, MAX_SEGMENTS + 1);
      Map<Labels, TreeMap<Long, Object>> ours = db.readAll(TENANT);
      Map<Labels, TreeMap<Long, Object>> others = db.readAll(OTHER);

      db.tsdb.maintain();

      assertThat(db.metric(SEGMENTS)).isBetween(2.0, MAX_SEGMENTS - 1.0);
      assertThat(db.metric("pallium_log_truncated_segments_total")).isGreaterThanOrEqualTo(2);
      for (TenantId tenant : new TenantId[] {TENANT, OTHER}) {
        assertThat(db.tsdb.blocks(tenant)).isNotEmpty();
        // No further than the older half's newest sample: later ones are not in a hurry.
        assertThat(db.tsdb.blocks(tenant).getLast().maxTimeMs())
            .isLessThanOrEqualTo(START_MS + 4 * MINUTE_MS + 1);
      }
      assertThat(db.readAll(TENANT)).isEqualTo(ours);
      assertThat(db.readAll(OTHER)).isEqualTo(others);
      db.restart();
      assertThat(db.readAll(TENANT)).isEqualTo(ours);
      assertThat(db.readAll(OTHER)).isEqualTo(others);
    }
  }

  @Test
  void aTenantWhoseSamplesWereAllDeletedDoesNotKeepTheLogAfterAStart() {
    try (TsdbFixture db = open()) {
      db.write(OTHER, Sample.of(A, START_MS, 1));
      fill(db, TENANT, START_MS, 2);
      db.tsdb.delete(
          OTHER,
          List.of(LabelMatcher.of(LabelMatcher.Type.EQUAL, "__name__", "a")),
          Long.MIN_VALUE,
          Long.MAX_VALUE);
      db.tsdb.flush(OTHER);
      assertThat(db.tsdb.blocks(OTHER)).isEmpty();

      db.restart();
      for (int i = 1; i <= 8; i++) {
        fill(db, TENANT, START_MS + i * MINUTE_MS, (int) db.metric(SEGMENTS) + 1);
        db.tsdb.flush(TENANT);
      }

      assertThat(db.metric(SEGMENTS)).isLessThanOrEqualTo(5);
    }
  }

  @Test
  void aTenantIsAskedForOnce() {
    try (TsdbFixture db = open()) {
      fillForBoth(db, MAX_SEGMENTS + 1);
      db.tsdb.maintain();
      int blocks = db.tsdb.blocks(OTHER).size();

      db.write(OTHER, Sample.of(A, NOW_MS + 1, 1));
      db.tsdb.maintain();

      assertThat(db.tsdb.blocks(OTHER)).hasSize(blocks);
    }
  }

  @Test
  void whatSendersMayStillBeSendingIsNotCutHoweverManySegmentsItKeeps() {
    try (TsdbFixture db = open()) {
      db.write(TENANT, Sample.of(A, START_MS, 1));
      fill(db, TENANT, NOW_MS, 3 * MAX_SEGMENTS);

      db.tsdb.maintain();

      assertCutToFiveMinutesAgo(db);
    }
  }

  @Test
  void aSampleAheadOfTheClockDoesNotMoveTheCut() {
    try (TsdbFixture db = open()) {
      db.write(TENANT, Sample.of(A, START_MS, 1));
      fill(db, TENANT, NOW_MS, 2);
      assertThat(db.write(TENANT, Sample.of(A, NOW_MS + 9 * MINUTE_MS, 1)).hasRejected()).isFalse();
      fill(db, TENANT, NOW_MS, MAX_SEGMENTS + 1);

      db.tsdb.maintain();

      assertCutToFiveMinutesAgo(db);
    }
  }

  private static void assertCutToFiveMinutesAgo(TsdbFixture db) {
    Labels slow = Labels.of("__name__", "slow");
    long leastMs = NOW_MS - 5 * MINUTE_MS;
    assertThat(db.tsdb.blocks(TENANT)).isNotEmpty();
    assertThat(db.write(TENANT, Sample.of(slow, leastMs - 1, 1)).hasRejected()).isTrue();
    assertThat(db.write(TENANT, Sample.of(slow, leastMs, 1)).hasRejected()).isFalse();
  }

  @Test
  void aStartThatFindsTooManySegmentsAsksToo() {
    try (TsdbFixture db = open()) {
      fillForBoth(db, MAX_SEGMENTS + 1);
      Map<Labels, TreeMap<Long, Object>> others = db.readAll(OTHER);
      db.restart();

      db.tsdb.maintain();

      assertThat(db.metric(SEGMENTS)).isLessThanOrEqualTo(MAX_SEGMENTS);
      assertThat(db.tsdb.blocks(OTHER)).isNotEmpty();
      assertThat(db.readAll(OTHER)).isEqualTo(others);
    }
  }
}
