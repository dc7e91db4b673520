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
import java.nio.file.Path;
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

      CheckpointContent content =
          sink -> {
            sink.tenant(1, 7, "one");
            sink.series(1, labels.bytes(), 0, labels.bytes().length);
            sink.metadata(metadata);
            sink.exemplar(1, 60, 0, trace);
          };

      // One checkpoint stands for them, and a second one cannot before a segment more is closed.
      assertThat(log.truncate(log.endPosition(), tenant -> 61, content)).isZero();
      assertThat(log.truncate(log.endPosition(), tenant -> 61, NOTHING)).isZero();
      fill(log, 1, 101, 112);
      assertThat(log.truncate(log.endPosition(), tenant -> 61, content)).isBetween(4, 6);
      assertThat(log.truncate(log.endPosition(), tenant -> 61, NOTHING)).isZero();
      append(log, batch(1, 113, 113)).join();
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
    assertThat(sampleTimes(seen)).endsWith(113L).contains(61L).isSorted().hasSizeBetween(53, 72);
  }

  @Test
  void keepsWhatHasNotBeenAppliedYet() {
    try (WriteLog log = SimulatedLog.open(files)) {
      fill(log, 1, 1, 25);
      long applied = log.endPosition();
      fill(log, 1, 26, 50);
      long appliedLater = log.endPosition();
      fill(log, 1, 51, 100);

      assertThat(log.truncate(applied, tenant -> 1000, NOTHING)).isZero();
      assertThat(log.truncate(appliedLater, tenant -> 1000, NOTHING)).isBetween(1, 2);
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
      fill(log, 1, 101, 112);
      assertThat(log.truncate(log.endPosition(), pinned, NOTHING)).isZero();
      fill(log, 1, 113, 124);
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
      assertThat(log.truncate(log.endPosition(), tenant -> 1000, NOTHING)).isZero();
      for (int i = 31; i <= 45; i++) {
        append(log, batch(5, 1, i)).join();
      }
      assertThat(log.truncate(log.endPosition(), tenant -> 1000, NOTHING)).isGreaterThan(1);
    }

    RecordedLog seen = new RecordedLog();
    LogReplayReport report = SimulatedLog.replay(second.restart(), seen);
    assertThat(sampleTimes(seen)).isNotEmpty().allMatch(time -> time > 30);
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
      assertThat(log.truncate(log.endPosition(), tenant -> 1000, NOTHING)).isZero();
      fill(log, 1, 41, 52);
      assertThat(log.truncate(log.endPosition(), tenant -> 1000, NOTHING)).isPositive();
    }
  }

  @Test
  void nothingIsRemovedThatOnlyTheNewestCheckpointStandsFor() throws IOException {
    Labels early = Labels.of("defined", "early");
    CheckpointContent content = sink -> sink.series(1, early.bytes(), 0, early.bytes().length);
    int time = 0;
    try (WriteLog log = SimulatedLog.open(files)) {
      for (int round = 0; round < 20; round++) {
        fill(log, 1, time + 1, time + 12);
        time += 12;
        int cut = time + 1;
        log.truncate(log.endPosition(), tenant -> cut, content);

        SimulatedFiles disk = files.copy();
        List<Long> checkpoints = numbers(disk, "checkpoint.");
        if (checkpoints.size() == 2) {
          Path newest = DIRECTORY.resolve(LogLayout.checkpointName(checkpoints.getLast()));
          disk.corrupt(newest, disk.content(newest).length - 3, 1);
          RecordedLog seen = new RecordedLog();
          LogReplayReport report = SimulatedLog.replay(disk, seen);
          // What the spare does not stand for is in segments, all of them.
          assertThat(report.damage())
              .isNotEmpty()
              .noneMatch(damage -> damage.kind() == DamageKind.MISSING_FILE);
          assertThat(numbers(disk, "").getFirst()).isLessThanOrEqualTo(checkpoints.getFirst());
          // The whole one is the spare of the next.
          try (WriteLog again = SimulatedLog.open(disk)) {
            fill(again, 1, time + 1, time + 12);
            again.truncate(again.endPosition(), tenant -> cut, content);
          }
          assertThat(numbers(disk, "checkpoint.")).hasSize(2).startsWith(checkpoints.getFirst());
        }
        // However long it goes on.
        assertThat(numbers(files, "")).hasSizeLessThanOrEqualTo(4);
      }
    }
    assertThat(numbers(files, "").getFirst()).isGreaterThan(10);
  }

  @Test
  void anIdleLogWritesNoCheckpointAgainAndAgain() throws IOException {
    try (WriteLog log = SimulatedLog.open(files)) {
      fill(log, 1, 1, 100);
      log.truncate(log.endPosition(), tenant -> 1000, NOTHING);
      List<String> before = files.list(DIRECTORY);

      for (int round = 0; round < 3; round++) {
        assertThat(
                log.truncate(
                    log.endPosition(),
                    tenant -> 1000,
                    sink -> {
                      throw new AssertionError("a checkpoint is written");
                    }))
            .isZero();
      }

      assertThat(files.list(DIRECTORY)).isEqualTo(before);
    }
  }

  @Test
  void segmentsWhoseFilesCouldNotBeDeletedGoWithTheNextTruncation() throws IOException {
    try (WriteLog log = SimulatedLog.open(files)) {
      fill(log, 1, 1, 40);
      log.truncate(log.endPosition(), tenant -> 30, NOTHING);
      fill(log, 1, 41, 90);
      log.truncate(log.endPosition(), tenant -> 0, NOTHING);
      // Whether they are deleted for sure is not known: only the directory's force fails.
      files.setForceFails(true);
      assertThatThrownBy(() -> log.truncate(log.endPosition(), tenant -> 30, NOTHING))
          .isInstanceOf(UnavailableException.class);
      files.setForceFails(false);

      assertThat(log.truncate(log.endPosition(), tenant -> 30, NOTHING)).isZero();
      fill(log, 1, 91, 102);
      RecordedLog present = new RecordedLog();
      log.read(present);
      assertThat(sampleTimes(present)).contains(30L).doesNotContain(1L).endsWith(102L);
    }
    RecordedLog seen = new RecordedLog();
    assertThat(SimulatedLog.replay(files.restart(), seen).damage()).isEmpty();
    assertThat(sampleTimes(seen)).contains(30L).doesNotContain(1L).endsWith(102L);
  }

  /// The numbers of segments, or in the names of files that begin so.
  private static List<Long> numbers(SimulatedFiles disk, String prefix) throws IOException {
    return disk.list(DIRECTORY).stream()
        .filter(name -> name.startsWith("checkpoint.") == !prefix.isEmpty())
        .map(name -> Long.parseLong(name.replace("checkpoint.", "").replace(".wal", "")))
        .sorted()
        .toList();
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
