package io.pallium.tsdb;

import static io.pallium.tsdb.TsdbFixture.NOW_MS;
import static io.pallium.tsdb.TsdbFixture.TENANT;
import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.model.Labels;
import io.pallium.model.TenantId;
import io.pallium.tsdb.TsdbFixture.Sample;
import io.pallium.tsdb.file.SimulatedFiles;
import io.pallium.tsdb.head.HeadLimits;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// When heads are cut into blocks, and what may still be written then.
class TsdbCutTest {
  private static final long RANGE_MS = 1000;
  private static final long OPEN_MS = 1500;
  private static final long SPREAD_MS = RANGE_MS / 4;
  private static final long STEP_MS = 10;
  private static final Path DIRECTORY = Path.of("data");
  private static final Labels A = Labels.of("__name__", "a");

  private final SimulatedFiles files = new SimulatedFiles(1);

  private TsdbFixture open() {
    return new TsdbFixture(
        DIRECTORY, TsdbFixture.head(RANGE_MS, OPEN_MS, 100), _ -> HeadLimits.defaults(), files);
  }

  @Test
  void theOpenRangeStaysOpenWhateverIsCut() {
    try (TsdbFixture db = open()) {
      long startMs = NOW_MS - 100_000;
      for (long t = startMs; t < startMs + 10 * RANGE_MS; t += 50) {
        db.write(TENANT, Sample.of(A, t, 1));
        db.tsdb.maintain();

        // A sender that comes back after an outage, with the oldest that is promised to be taken.
        Labels late = Labels.of("__name__", "late", "t", "" + t);
        assertThat(db.write(TENANT, Sample.of(late, t - OPEN_MS, 1)).hasRejected()).isFalse();
      }
      assertThat(db.tsdb.blocks(TENANT)).hasSizeGreaterThan(5);
    }
  }

  @Test
  void aBacklogOfTheOpenRangeIsTakenWholeAlthoughOthersHaveCaughtUp() {
    try (TsdbFixture db = open()) {
      // In the middle of a block's range.
      long outageMs = NOW_MS - 100_000 + RANGE_MS / 2;
      Labels slow = Labels.of("__name__", "slow");
      for (long t = outageMs - 2 * RANGE_MS; t <= outageMs; t += STEP_MS) {
        db.write(TENANT, Sample.of(A, t, 1), Sample.of(slow, t, 1));
        db.tsdb.maintain();
      }
      // The other sender has sent all its backlog before this one begins.
      for (long t = outageMs + STEP_MS; t <= outageMs + OPEN_MS; t += STEP_MS) {
        db.write(TENANT, Sample.of(A, t, 1));
        db.tsdb.maintain();
      }
      for (long t = outageMs + STEP_MS; t <= outageMs + OPEN_MS; t += STEP_MS) {
        assertThat(db.write(TENANT, Sample.of(slow, t, 1)).hasRejected()).isFalse();
        db.tsdb.maintain();
      }

      Map<Labels, ?> all = db.readAll(TENANT);
      assertThat(all.get(slow)).isEqualTo(all.get(A));
    }
  }

  @Test
  void oneTenantsFailingCutDoesNotKeepTheOthers() throws IOException {
    try (TsdbFixture db = open()) {
      List<TenantId> others = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        others.add(new TenantId("team-" + i));
      }
      TenantId broken = new TenantId("broken");
      // A file where its directory of blocks should be.
      files.create(DIRECTORY.resolve("blocks/broken")).close();
      for (long t = NOW_MS - 100_000; t <= NOW_MS - 100_000 + 10 * RANGE_MS; t += STEP_MS) {
        db.write(broken, Sample.of(A, t, 1));
        for (TenantId other : others) {
          db.write(other, Sample.of(A, t, 1));
        }
      }
      db.tsdb.maintain();

      assertThat(others).allSatisfy(other -> assertThat(db.tsdb.blocks(other)).isNotEmpty());
      assertThat(db.readAll(broken)).isNotEmpty();
    }
  }

  @Test
  void tenantsAreCutAtTheirOwnTimesWithinAQuarterOfTheRange() {
    Map<TenantId, Long> first = spansAtTheFirstCut();

    // With blocks of 1,000 ms that begin at the first sample.
    long leastMs = RANGE_MS + OPEN_MS;
    assertThat(first.values())
        .allSatisfy(span -> assertThat(span).isBetween(leastMs, leastMs + SPREAD_MS + STEP_MS));
    assertThat(new HashSet<>(first.values())).hasSizeGreaterThan(10);
    assertThat(spansAtTheFirstCut()).isEqualTo(first);
  }

  /// How much the head of each of 40 tenants spans when it is cut for the first time, all of them
  /// with the same samples.
  private static Map<TenantId, Long> spansAtTheFirstCut() {
    Map<TenantId, Long> spans = new HashMap<>();
    List<TenantId> tenants = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      tenants.add(new TenantId("team-" + i));
    }
    try (TsdbFixture db =
        new TsdbFixture(
            DIRECTORY,
            TsdbFixture.head(RANGE_MS, OPEN_MS, 100),
            _ -> HeadLimits.defaults(),
            new SimulatedFiles(1))) {
      long startMs = NOW_MS - 100_000;
      for (long t = startMs; spans.size() < tenants.size(); t += STEP_MS) {
        for (TenantId tenant : tenants) {
          db.write(tenant, Sample.of(A, t, 1));
        }
        db.tsdb.maintain();
        for (TenantId tenant : tenants) {
          if (!db.tsdb.blocks(tenant).isEmpty()) {
            spans.putIfAbsent(tenant, t - startMs);
          }
        }
      }
    }
    return spans;
  }
}
