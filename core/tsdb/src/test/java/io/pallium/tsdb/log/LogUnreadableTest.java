package io.pallium.tsdb.log;

import static io.pallium.tsdb.log.SimulatedLog.DIRECTORY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pallium.base.UnavailableException;
import io.pallium.tsdb.file.SimulatedFiles;
import io.pallium.tsdb.log.LogReplayReport.DamageKind;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Files of the log that the disk does not give back stop the start, since what they hold was
/// acknowledged and may be there tomorrow; content that is damaged does not, and is counted.
class LogUnreadableTest {
  private static final WriteLog.CutTimes BELOW_20 = tenant -> 20;

  private final SimulatedFiles files = new SimulatedFiles(1);
  private final List<String> names = new ArrayList<>();

  /// A checkpoint and several segments.
  @BeforeEach
  void write() throws IOException {
    try (WriteLog log = SimulatedLog.open(files)) {
      for (int i = 1; i <= 60; i++) {
        SimulatedLog.append(log, SimulatedLog.batch(1, i, i)).join();
      }
      log.truncate(log.endPosition(), BELOW_20, sink -> sink.tenant(1, 1, "one"));
    }
    names.addAll(files.list(DIRECTORY));
    assertThat(names).hasSizeGreaterThan(3).anyMatch(name -> name.contains("checkpoint"));
  }

  @Test
  void aFileThatCannotBeOpenedRefusesTheStart() {
    for (String name : names) {
      SimulatedFiles disk = files.copy();
      disk.setOpenFails(DIRECTORY.resolve(name)::equals);

      assertRefused(disk, name, "AccessDeniedException");
    }
  }

  @Test
  void aFileThatFailsWhileItIsReadRefusesTheStart() {
    for (String name : names) {
      SimulatedFiles disk = files.copy();
      disk.setReadFails(DIRECTORY.resolve(name)::equals);

      assertRefused(disk, name, "simulated error on read");
    }
  }

  @Test
  void nothingIsLostOnceTheFileCanBeReadAgain() {
    RecordedLog before = new RecordedLog();
    SimulatedLog.replay(files.copy(), before);
    for (String name : names) {
      SimulatedFiles disk = files.copy();
      disk.setReadFails(DIRECTORY.resolve(name)::equals);
      assertThatThrownBy(() -> SimulatedLog.replay(disk, new RecordedLog()))
          .isInstanceOf(UnavailableException.class);
      disk.setReadFails(_ -> false);
      RecordedLog after = new RecordedLog();

      SimulatedLog.replay(disk, after);

      assertThat(after.entries).isEqualTo(before.entries);
    }
  }

  private static void assertRefused(SimulatedFiles disk, String name, String cause) {
    assertThatThrownBy(() -> SimulatedLog.replay(disk, new RecordedLog()))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining(DIRECTORY.resolve(name).toString())
        .hasMessageContaining(cause);
  }

  @Test
  void allDamageIsCountedAndTheFirstHundredPlacesAreListed() throws IOException {
    SimulatedFiles disk = new SimulatedFiles(2);
    int batches = 400;
    LogConfig config =
        new LogConfig(
            true,
            SimulatedLog.config().groupWindow(),
            1 << 20,
            1 << 20,
            SimulatedLog.config().reserveTimeout(),
            4,
            0);
    try (WriteLog log = SimulatedLog.open(disk, config)) {
      for (int i = 1; i <= batches; i++) {
        SimulatedLog.append(log, SimulatedLog.batch(1, i, i)).join();
      }
    }
    Path path = DIRECTORY.resolve("00000001.wal");
    // Every other record gets a wrong byte at its end, the last one stays.
    try (var file = disk.openRead(path)) {
      LogFileScanner scanner = new LogFileScanner(file, "");
      scanner.readHeader();
      List<Long> ends = new ArrayList<>();
      while (scanner.next()) {
        ends.add(scanner.offset());
      }
      assertThat(ends).hasSize(batches);
      for (int i = 0; i < batches; i += 2) {
        disk.corrupt(path, ends.get(i) - 1, 1);
      }
    }
    PrometheusRegistry registry = new PrometheusRegistry();
    LogReplayReport report;
    try (WriteLog log = SimulatedLog.create(disk, config, registry)) {
      report = log.replay(0, new RecordedLog(), LogReplayProgress.NONE);
    }

    assertThat(report.damageCount()).isEqualTo(batches / 2);
    assertThat(report.damage()).hasSize(100).allMatch(d -> d.kind() == DamageKind.BAD_RECORD);
    TreeMap<String, Double> counted = new TreeMap<>();
    for (var snapshot : registry.scrape(name -> name.equals("pallium_log_replay_damage_total"))) {
      for (var point : ((CounterSnapshot) snapshot).getDataPoints()) {
        counted.put(point.getLabels().get("kind"), point.getValue());
      }
    }
    assertThat(counted).containsEntry("bad_record", batches / 2.0).containsEntry("torn_tail", 0.0);
  }
}
