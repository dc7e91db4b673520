package io.pallium.tsdb.log;

import static io.pallium.tsdb.log.SimulatedLog.DIRECTORY;
import static io.pallium.tsdb.log.SimulatedLog.append;
import static io.pallium.tsdb.log.SimulatedLog.batch;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pallium.base.UnavailableException;
import io.pallium.base.clock.TimeSource;
import io.pallium.model.Labels;
import io.pallium.model.MetricMetadata;
import io.pallium.model.MetricType;
import io.pallium.tsdb.file.SimulatedFiles;
import io.pallium.tsdb.log.LogReplayReport.Damage;
import io.pallium.tsdb.log.LogReplayReport.DamageKind;
import io.pallium.tsdb.log.RecordedLog.Batch;
import io.pallium.tsdb.log.RecordedLog.Entry;
import io.pallium.tsdb.log.RecordedLog.Tenant;
import io.pallium.tsdb.log.RecordedLog.TenantDeleted;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LogTruncationTest {
  private static final CheckpointContent NOTHING = sink -> {};

  private final SimulatedFiles files = new SimulatedFiles(1);

  /// Appends one batch after the other, with times 1, 2, …; a segment takes about ten.
  private static void fill(WriteLog log, long tenant, int from, int to) {
    for (int i = from; i <= to; i++) {
      append(log, batch(tenant, i, i)).join();
    }
  }

  private static List<Long> sampleTimes(RecordedLog seen) {
    List<Long> times = new ArrayList<>();
    for (Entry entry : seen.entries) {
      if (entry instanceof Batch batch) {
        for (RecordedLog.Item item : batch.items()) {
          if (item instanceof RecordedLog.Sample sample) {
            times.add(sample.timestampMs());
          }
        }
      }
    }
    return times;
  }

  @Test
  void removesSegmentsBelowTheCutAndKeepsDefinitionsInTheCheckpoint() {
    MetricMetadata metadata = new MetricMetadata("up", MetricType.GAUGE, "Whether.", "");
    Labels labels = Labels.of("ref", "1");
    Labels trace = Labels.of("trace_id", "a");
    try (WriteLog log = SimulatedLog.open(files)) {
      fill(log, 1, 1, 100);

      int removed =
          log.truncate(
              log.endPosition(),
              tenant -> 61,
              sink -> {
                sink.tenant(1, 7, "one");
                sink.series(1, labels.bytes(), 0, labels.bytes().length);
                sink.metadata(metadata);
                sink.exemplar(1, 60, 0, trace);
              });

      assertThat(removed).isBetween(4, 6);
      assertThat(log.truncate(log.endPosition(), tenant -> 61, NOTHING)).isZero();
      append(log, batch(1, 101, 101)).join();
    }

    RecordedLog seen = new RecordedLog();
    LogReplayReport report = SimulatedLog.replay(files.restart(), seen);
    assertThat(report.damage()).isEmpty();
    assertThat(seen.entries)
        .startsWith(
            new Tenant(1, 7, "one"),
            new Batch(
                1,
                List.of(
                    new RecordedLog.Series(1, labels),
                    new RecordedLog.Exemplar(1, 60, 0, trace),
                    new RecordedLog.Metadata(metadata))));
    assertThat(sampleTimes(seen)).endsWith(101L).contains(61L).isSorted().hasSizeBetween(41, 60);
  }

  @Test
  void keepsWhatHasNotBeenAppliedYet() {
    try (WriteLog log = SimulatedLog.open(files)) {
      fill(log, 1, 1, 25);
      long applied = log.endPosition();
      fill(log, 1, 26, 100);

      assertThat(log.truncate(applied, tenant -> 1000, NOTHING)).isBetween(1, 2);
    }
  }

  @Test
  void aTenantThatWasNotCutPinsSegmentsAndADeletedOneDoesNot() {
    try (WriteLog log = SimulatedLog.open(files)) {
      append(log, new Tenant(1, 1, "one")).join();
      append(log, new Tenant(2, 1, "two")).join();
      fill(log, 2, 1, 1);
      fill(log, 1, 2, 100);
      append(log, new TenantDeleted(2)).join();

      WriteLog.CutTimes pinned = tenant -> tenant == 1 ? 1000 : Long.MIN_VALUE;
      assertThat(log.truncate(log.endPosition(), pinned, NOTHING)).isZero();
      WriteLog.CutTimes deleted = tenant -> tenant == 1 ? 1000 : Long.MAX_VALUE;
      assertThat(log.truncate(log.endPosition(), deleted, NOTHING)).isGreaterThan(4);
    }
  }

  @Test
  void asksForCutsOfTheTenantsThatPinTheOldestSegment() {
    List<Set<Long>> asked = new ArrayList<>();
    try (WriteLog log =
        SimulatedLog.create(
            files,
            SimulatedLog.config(),
            TimeSource.SYSTEM,
            (count, tenants) -> asked.add(Set.copyOf(tenants.keySet())))) {
      log.replay(0, new RecordedLog(), LogReplayProgress.NONE);
      fill(log, 7, 1, 3);
      fill(log, 1, 4, 40);
      assertThat(asked).isEmpty();

      fill(log, 1, 41, 80);
    }

    assertThat(asked).isNotEmpty().allMatch(tenants -> tenants.equals(Set.of(1L, 7L)));
  }

  @Test
  void knowsTheHighestRefAndTenantAfterEverythingWasRemoved() {
    try (WriteLog log = SimulatedLog.open(files)) {
      append(log, new Tenant(5, 1, "five")).join();
      fill(log, 5, 1, 30);
    }
    SimulatedFiles second = files.restart();
    try (WriteLog log = SimulatedLog.open(second)) {
      assertThat(log.truncate(log.endPosition(), tenant -> 1000, NOTHING)).isGreaterThan(1);
    }

    RecordedLog seen = new RecordedLog();
    LogReplayReport report = SimulatedLog.replay(second.restart(), seen);
    assertThat(seen.entries).isEmpty();
    assertThat(report.maxSeriesRef()).isEqualTo(30);
    assertThat(report.maxTenantNumber()).isEqualTo(5);
  }

  @Test
  void staysAsItWasWhenTheCheckpointCannotBeWritten() throws IOException {
    try (WriteLog log = SimulatedLog.open(files)) {
      fill(log, 1, 1, 40);
      List<String> before = files.list(DIRECTORY);
      files.setForceFails(true);

      assertThatThrownBy(() -> log.truncate(log.endPosition(), tenant -> 1000, NOTHING))
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("checkpoint");

      files.setForceFails(false);
      assertThat(files.list(DIRECTORY)).containsAll(before);
      assertThat(log.isHealthy()).isTrue();
      assertThat(log.truncate(log.endPosition(), tenant -> 1000, NOTHING)).isPositive();
    }
  }

  @Test
  void reportsATornTailPreciselyAndOnce() throws IOException {
    long acknowledged;
    try (WriteLog log = SimulatedLog.open(files)) {
      fill(log, 1, 1, 3);
      acknowledged = log.durablePosition();
      fill(log, 1, 4, 4);
    }
    var path = DIRECTORY.resolve("00000001.wal");
    long end = LogLayout.FILE_RECORDS + acknowledged;
    files.truncate(path, end + 20);

    RecordedLog seen = new RecordedLog();
    LogReplayReport report = SimulatedLog.replay(files, seen);
    assertThat(report.damage())
        .containsExactly(new Damage(DamageKind.TORN_TAIL, "00000001.wal", end, 20));
    assertThat(sampleTimes(seen)).containsExactly(1L, 2L, 3L);

    assertThat(SimulatedLog.replay(files, new RecordedLog()).damage()).isEmpty();
  }

  @Test
  void reportsAMissingSegmentAndGoesOn() throws IOException {
    try (WriteLog log = SimulatedLog.open(files)) {
      fill(log, 1, 1, 50);
    }
    files.delete(DIRECTORY.resolve("00000002.wal"));

    RecordedLog seen = new RecordedLog();
    LogReplayReport report = SimulatedLog.replay(files, seen);
    assertThat(report.damage())
        .containsExactly(new Damage(DamageKind.MISSING_FILE, "00000002.wal", 0, 0));
    assertThat(sampleTimes(seen)).startsWith(1L).endsWith(50L).hasSizeBetween(30, 45);
  }

  @Test
  void replaysFromAPositionAndReportsProgress() {
    long from;
    try (WriteLog log = SimulatedLog.open(files)) {
      fill(log, 1, 1, 30);
      from = log.endPosition();
      fill(log, 1, 31, 60);
    }
    RecordedLog seen = new RecordedLog();
    List<String> steps = new ArrayList<>();
    try (WriteLog log = SimulatedLog.create(files, SimulatedLog.config())) {
      log.replay(from, seen, (done, total, bytes, all) -> steps.add(done + "/" + total));
    }

    assertThat(sampleTimes(seen)).hasSize(30).startsWith(31L).endsWith(60L);
    assertThat(steps.getFirst()).startsWith("1/");
    String[] last = steps.getLast().split("/", 2);
    assertThat(last[0]).isEqualTo(last[1]);
  }
}
