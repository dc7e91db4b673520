package io.pallium.tsdb;

import static io.pallium.tsdb.TsdbFixture.NOW_MS;
import static io.pallium.tsdb.TsdbFixture.TENANT;
import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.model.LabelMatcher;
import io.pallium.model.Labels;
import io.pallium.model.MetricMetadata;
import io.pallium.model.MetricType;
import io.pallium.model.NativeHistogram;
import io.pallium.model.WriteBatch;
import io.pallium.storage.QueryControl;
import io.pallium.tsdb.TsdbFixture.Sample;
import io.pallium.tsdb.file.SimulatedFiles;
import io.pallium.tsdb.head.HeadLimits;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/// Checkpoints: what only they have, and how little of the log is read with them.
class TsdbCheckpointTest {
  private static final Path DIRECTORY = Path.of("data");
  private static final Path LOG = DIRECTORY.resolve("wal");
  private static final Labels KEPT = Labels.of("__name__", "kept");
  private static final String TRUNCATED = "pallium_log_truncated_segments_total";
  private static final String REPLAYED = "pallium_head_replayed_samples_total";
  private static final String UNKNOWN = "pallium_head_replay_unknown_samples_total";
  private static final MetricMetadata METADATA =
      new MetricMetadata("kept", MetricType.GAUGE, "Stays.", "");

  private final SimulatedFiles files = new SimulatedFiles(1);
  private final TreeMap<Long, Object> written = new TreeMap<>();
  private long timeMs = NOW_MS - 1_000_000;
  private int pads;

  private TsdbFixture open() {
    return new TsdbFixture(
        DIRECTORY, TsdbFixture.head(1000, 1500, 100), _ -> HeadLimits.defaults(), files);
  }

  /// Moves the data time on by three ranges: the series has samples all the time, so that it stays
  /// in the head and is never defined again; the others fill the log and leave.
  private void fillAndTruncate(TsdbFixture db) {
    double before = db.metric(TRUNCATED);
    for (int i = 0; i < 60; i++) {
      timeMs += 50;
      Labels pad = Labels.of("pad", TsdbFixture.noise(pads++));
      assertThat(db.write(TENANT, Sample.of(KEPT, timeMs, i), Sample.of(pad, timeMs, 1)))
          .satisfies(result -> assertThat(result.storedSamples()).isEqualTo(2));
      written.put(timeMs, Double.doubleToRawLongBits(i));
      db.tsdb.maintain();
    }
    assertThat(db.metric(TRUNCATED)).isGreaterThan(before);
  }

  private boolean isInLog(String suffixOrPrefix, byte[] wanted) throws IOException {
    String text = new String(wanted, StandardCharsets.ISO_8859_1);
    for (String name : files.list(LOG)) {
      if ((name.endsWith(suffixOrPrefix) || name.startsWith(suffixOrPrefix))
          && new String(files.content(LOG.resolve(name)), StandardCharsets.ISO_8859_1)
              .contains(text)) {
        return true;
      }
    }
    return false;
  }

  @Test
  void aSeriesThatOnlyACheckpointDefinesSurvivesMoreTruncationsAndRestarts() throws IOException {
    try (TsdbFixture db = open()) {
      db.write(TENANT, Sample.of(KEPT, timeMs, 0));
      written.put(timeMs, Double.doubleToRawLongBits(0));

      for (int life = 0; life < 4; life++) {
        fillAndTruncate(db);
        assertThat(isInLog("checkpoint.", KEPT.bytes())).isTrue();
        assertThat(isInLog(".wal", KEPT.bytes())).isFalse();

        db.restart();

        assertThat(db.metric(UNKNOWN)).isZero();
        assertThat(db.readAll(TENANT).get(KEPT)).isEqualTo(written);
      }
    }
  }

  @Test
  void metadataThatOnlyACheckpointHasSurvivesMoreTruncationsAndRestarts() {
    try (TsdbFixture db = open()) {
      WriteBatch batch = new WriteBatch().reset(TENANT);
      batch.addMetadata(METADATA);
      db.tsdb.write(batch).join();

      for (int life = 0; life < 3; life++) {
        fillAndTruncate(db);
        db.restart();
        assertThat(db.tsdb.metadata(TENANT, null, QueryControl.unlimited()))
            .isEqualTo(List.of(METADATA));
      }
    }
  }

  /// Floats in order and not, histograms, a deletion, metadata and exemplars of a few series,
  /// chunks of which are closed.
  private void writeOfAllKinds(TsdbFixture db) {
    for (int i = 0; i < 25; i++) {
      timeMs += 10;
      WriteBatch batch = new WriteBatch().reset(TENANT);
      for (int k = 0; k < 3; k++) {
        byte[] labels = Labels.of("__name__", "s" + k).bytes();
        batch.addSeries(WriteBatch.NO_REF, labels, 0, labels.length);
        if (k == 2) {
          batch.addHistogram(timeMs, NativeHistogram.stale(i % 7 == 0));
        } else {
          batch.addSample(k == 1 && i % 3 == 2 ? timeMs - 25 : timeMs, i);
          batch.addExemplar(timeMs, i, Labels.of("trace_id", "t" + i));
        }
      }
      batch.addMetadata(METADATA);
      assertThat(db.tsdb.write(batch).join().storedSamples()).isEqualTo(3);
    }
    db.tsdb.delete(
        TENANT,
        List.of(LabelMatcher.of(LabelMatcher.Type.EQUAL, "__name__", "s0")),
        timeMs - 60,
        timeMs - 40);
  }

  private static TsdbFixture openWithWindow(SimulatedFiles disk) {
    return new TsdbFixture(
        DIRECTORY,
        TsdbFixture.head(7_200_000, 10_800_000, 10),
        _ -> new HeadLimits(0, 0, Duration.ofMinutes(10), Duration.ofMinutes(1), 0, 0),
        disk);
  }

  private static List<Object> contentOf(TsdbFixture db) {
    QueryControl control = QueryControl.unlimited();
    return List.of(
        db.readAll(TENANT),
        db.tsdb.metadata(TENANT, null, control),
        db.tsdb.exemplars(TENANT, Long.MIN_VALUE, Long.MAX_VALUE, List.of(List.of()), control));
  }

  @Test
  void aCleanEndLeavesACheckpointThatNeedsNoSegment() throws IOException {
    try (TsdbFixture db = openWithWindow(files)) {
      writeOfAllKinds(db);
      List<Object> before = contentOf(db);

      db.restart();

      assertThat(db.metric(REPLAYED)).isZero();
      assertThat(contentOf(db)).isEqualTo(before);
      // What goes on from there is as if nothing had been.
      writeOfAllKinds(db);
      before = contentOf(db);
      db.tsdb.close();
      for (String name : files.list(LOG)) {
        if (name.endsWith(".wal")) {
          files.delete(LOG.resolve(name));
        }
      }
      db.restart();
      assertThat(db.metric(REPLAYED)).isZero();
      assertThat(contentOf(db)).isEqualTo(before);
    }
  }

  @Test
  void afterAKillOnlyWhatFollowsTheCheckpointIsReplayed() {
    try (TsdbFixture db = openWithWindow(files)) {
      while (db.metric("pallium_log_segments") < 6) {
        writeOfAllKinds(db);
        pad(db);
      }
      db.tsdb.maintain();
      double segments = db.metric("pallium_log_segments");
      writeOfAllKinds(db);
      List<Object> before = contentOf(db);

      db.kill();

      assertThat(contentOf(db)).isEqualTo(before);
      assertThat(db.metric(REPLAYED)).isBetween(75.0, 400.0);
      assertThat(db.metric("pallium_log_segments")).isGreaterThanOrEqualTo(segments);
    }
  }

  /// Fills the log.
  private void pad(TsdbFixture db) {
    timeMs += 10;
    Labels pad = Labels.of("pad", TsdbFixture.noise(pads++));
    assertThat(db.write(TENANT, Sample.of(pad, timeMs, 1)).storedSamples()).isOne();
  }

  /// Wherever a checkpoint is damaged, the one before it and the segments have it all.
  @Property(tries = 60)
  void aDamagedCheckpointCostsNothing(@ForAll long seed) throws IOException {
    Random random = new Random(seed);
    SimulatedFiles disk = new SimulatedFiles(seed);
    try (TsdbFixture db = openWithWindow(disk)) {
      for (int life = 0; life < 3; life++) {
        writeOfAllKinds(db);
        for (int i = random.nextInt(40); i > 0; i--) {
          pad(db);
        }
        db.tsdb.maintain();
        List<Object> before = contentOf(db);
        db.tsdb.close();
        Path path = LOG.resolve(newestCheckpoint(disk));
        int length = disk.content(path).length;
        switch (random.nextInt(3)) {
          case 0 -> disk.truncate(path, random.nextInt(length));
          case 1 -> disk.delete(path);
          default -> disk.corrupt(path, random.nextInt(length), 1 + random.nextInt(255));
        }
        db.restart();
        assertThat(contentOf(db)).isEqualTo(before);
      }
    }
  }

  /// A byte of the newest checkpoint is another one, when the segments have gone that defined a
  /// series and said something of a family.
  @Property(tries = 40)
  void whatOnlyTheNewestCheckpointHasLostIsInTheSpareAndInSegments(@ForAll long seed)
      throws IOException {
    Random random = new Random(seed);
    SimulatedFiles disk = new SimulatedFiles(seed);
    written.clear();
    timeMs = NOW_MS - 1_000_000;
    try (TsdbFixture db =
        new TsdbFixture(
            DIRECTORY,
            TsdbFixture.head(1000, 1500, 2 + random.nextInt(20)),
            _ -> HeadLimits.defaults(),
            disk)) {
      WriteBatch batch = new WriteBatch().reset(TENANT);
      batch.addMetadata(METADATA);
      db.tsdb.write(batch).join();
      for (int life = 0; life < 3; life++) {
        fillAndTruncate(db);
        long fromMs = timeMs - random.nextInt(700);
        db.tsdb.delete(
            TENANT,
            List.of(LabelMatcher.of(LabelMatcher.Type.EQUAL, "__name__", "kept")),
            fromMs,
            fromMs + 60);
        written.subMap(fromMs, true, fromMs + 60, true).clear();
        pad(db);
        List<Object> before = contentOf(db);
        boolean isKill = random.nextBoolean();
        if (!isKill) {
          db.tsdb.close();
        }
        SimulatedFiles present = (SimulatedFiles) db.files;
        Path path = LOG.resolve(newestCheckpoint(present));
        byte[] content = present.content(path);
        // In one of its records.
        present.corrupt(
            path, 1024 + random.nextInt(content.length - 1024), 1 + random.nextInt(255));
        if (isKill) {
          db.kill();
        } else {
          db.restart();
        }
        assertThat(db.metric(UNKNOWN)).isZero();
        assertThat(contentOf(db)).isEqualTo(before);
        assertThat(db.readAll(TENANT).get(KEPT)).isEqualTo(written);
      }
    }
  }

  private static String newestCheckpoint(SimulatedFiles disk) throws IOException {
    return disk.list(LOG).stream()
        .filter(name -> name.startsWith("checkpoint"))
        .max(String::compareTo)
        .orElseThrow();
  }

  @Test
  void theLogIsTruncatedWhileChunksCannotBeWrittenToFiles() {
    files.setCreationFails(path -> path.startsWith(DIRECTORY.resolve("head-chunks")));
    try (TsdbFixture db =
        new TsdbFixture(
            DIRECTORY,
            TsdbFixture.head(1000, 1500, 10),
            _ -> new HeadLimits(0, 0, Duration.ofMinutes(10), Duration.ofMillis(500), 0, 0),
            files)) {
      for (int life = 0; life < 3; life++) {
        fillAndTruncate(db);
        for (int i = 0; i < 40; i++) {
          long lateMs = timeMs - 10 * i - 1;
          assertThat(db.write(TENANT, Sample.of(KEPT, lateMs, i)).storedSamples()).isOne();
          written.put(lateMs, Double.doubleToRawLongBits(i));
        }
        db.tsdb.maintain();
        assertThat(db.readAll(TENANT).get(KEPT)).isEqualTo(written);

        db.kill();

        assertThat(db.readAll(TENANT).get(KEPT)).isEqualTo(written);
        ((SimulatedFiles) db.files)
            .setCreationFails(path -> path.startsWith(DIRECTORY.resolve("head-chunks")));
      }
      ((SimulatedFiles) db.files).setCreationFails(_ -> false);
      fillAndTruncate(db);

      db.restart();

      // As if nothing had been.
      assertThat(db.metric(REPLAYED)).isZero();
      assertThat(db.readAll(TENANT).get(KEPT)).isEqualTo(written);
    }
  }
}
