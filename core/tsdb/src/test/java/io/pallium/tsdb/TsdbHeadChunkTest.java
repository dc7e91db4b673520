package io.pallium.tsdb;

import static io.pallium.tsdb.TsdbFixture.NOW_MS;
import static io.pallium.tsdb.TsdbFixture.TENANT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pallium.base.CorruptDataException;
import io.pallium.base.UnavailableException;
import io.pallium.model.LabelMatcher;
import io.pallium.model.Labels;
import io.pallium.model.NativeHistogram;
import io.pallium.tsdb.TsdbFixture.Sample;
import io.pallium.tsdb.file.SimulatedFiles;
import io.pallium.tsdb.head.HeadLimits;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/// Closed chunks of the head in files: found again at a start, and rebuilt from the log where they
/// are damaged.
class TsdbHeadChunkTest {
  private static final Path DIRECTORY = Path.of("/data");
  private static final Path LOG = DIRECTORY.resolve("wal");
  private static final Path CHUNKS = DIRECTORY.resolve("head-chunks");
  private static final Labels A = Labels.of("__name__", "up", "instance", "a");

  private static final HeadLimits WITH_WINDOW =
      new HeadLimits(0, 0, Duration.ofMinutes(10), Duration.ofMillis(400), 0, 0);

  private static TsdbFixture open(SimulatedFiles disk) {
    return new TsdbFixture(
        DIRECTORY, TsdbFixture.head(7_200_000, 10_800_000, 4), _ -> WITH_WINDOW, disk);
  }

  @Test
  void closedChunksAreInFilesAfterARestart() {
    SimulatedFiles disk = new SimulatedFiles(1);
    try (TsdbFixture db = open(disk)) {
      for (int i = 0; i < 42; i++) {
        db.write(TENANT, Sample.of(A, NOW_MS - 1000 + i, i));
      }
      Map<Labels, TreeMap<Long, Object>> before = db.readAll(TENANT);

      db.restart();

      assertThat(db.readAll(TENANT)).isEqualTo(before);
      assertThat(db.metric("pallium_head_closed_chunks")).isEqualTo(10);
      assertThat(db.metric("pallium_head_chunk_files")).isPositive();
      // The last two samples come from the checkpoint of the clean end.
      assertThat(db.metric("pallium_head_replayed_samples_total")).isZero();
      assertThat(db.metric("pallium_head_chunks_written_total")).isZero();
    }
  }

  @Test
  void aRepeatedSampleIsKnownWhenItsChunkIsInAFile() {
    SimulatedFiles disk = new SimulatedFiles(1);
    try (TsdbFixture db = open(disk)) {
      for (int i = 0; i < 40; i++) {
        db.write(TENANT, Sample.of(A, NOW_MS - 1000 + i, i));
      }
      db.restart();

      assertThat(db.write(TENANT, Sample.of(A, NOW_MS - 1000 + 39, 39)).hasRejected()).isFalse();
      assertThat(db.write(TENANT, Sample.of(A, NOW_MS - 1000 + 7, 7)).hasRejected()).isFalse();
      assertThat(db.write(TENANT, Sample.of(A, NOW_MS - 1000 + 7, 8)).hasRejected()).isTrue();
      assertThat(db.write(TENANT, Sample.of(A, NOW_MS - 1000 + 39, 8)).hasRejected()).isTrue();
    }
  }

  @Test
  void filesGoWhenTheirChunksAreInBlocks() throws IOException {
    SimulatedFiles disk = new SimulatedFiles(1);
    try (TsdbFixture db = open(disk)) {
      for (int i = 0; i < 40; i++) {
        db.write(TENANT, Sample.of(A, NOW_MS - 1000 + i, i));
      }
      db.restart();
      assertThat(disk.list(CHUNKS)).isNotEmpty();
      Map<Labels, TreeMap<Long, Object>> before = db.readAll(TENANT);

      db.tsdb.flush(TENANT);

      assertThat(disk.list(CHUNKS)).isEmpty();
      assertThat(db.readAll(TENANT)).isEqualTo(before);
    }
  }

  @Test
  void aCutTakesSamplesOfUnreadableChunksFromTheLog() throws IOException {
    SimulatedFiles disk = new SimulatedFiles(1);
    Random random = new Random(1);
    HeadLimits withWindow =
        new HeadLimits(0, 0, Duration.ofMinutes(10), Duration.ofMinutes(10), 0, 0);
    try (TsdbFixture db =
        new TsdbFixture(
            DIRECTORY, TsdbFixture.head(7_200_000, 10_800_000, 4), _ -> withWindow, disk)) {
      for (int i = 0; i < 200; i++) {
        Labels labels = Labels.of("__name__", "m", "instance", "i" + i % 3);
        long timeMs = NOW_MS - 9_000_000 + i * 40_000L;
        db.write(
            TENANT,
            i % 3 == 2
                ? Sample.of(labels, timeMs, NativeHistogram.stale(i % 7 == 0))
                : Sample.of(labels, i % 5 == 4 ? timeMs - 120_300 : timeMs, i));
      }
      db.tsdb.delete(
          TENANT,
          List.of(LabelMatcher.of(LabelMatcher.Type.EQUAL, "instance", "i0")),
          NOW_MS - 8_000_000,
          NOW_MS - 7_500_000);
      Map<Labels, TreeMap<Long, Object>> before = db.readAll(TENANT);
      db.restart();
      // Before anything has been read through a mapping.
      for (String name : disk.list(CHUNKS)) {
        for (int i = disk.content(CHUNKS.resolve(name)).length / 300; i > 0; i--) {
          int length = disk.content(CHUNKS.resolve(name)).length;
          disk.corrupt(CHUNKS.resolve(name), random.nextInt(length), 1 + random.nextInt(255));
        }
      }
      assertThatThrownBy(() -> db.readAll(TENANT)).isInstanceOf(CorruptDataException.class);

      db.tsdb.flush(TENANT);

      assertThat(db.readAll(TENANT)).isEqualTo(before);
      assertThat(disk.list(CHUNKS)).isEmpty();
    }
  }

  @Test
  void writesGoOnWhileChunksCannotBeWritten() {
    SimulatedFiles disk = new SimulatedFiles(1);
    try (TsdbFixture db = open(disk)) {
      db.write(TENANT, Sample.of(A, NOW_MS - 2000, 1));
      // The log's segment is open already; a file of chunks cannot be made any more.
      disk.setCreationFails(path -> path.startsWith(CHUNKS));
      for (int i = 0; i < 40; i++) {
        db.write(TENANT, Sample.of(A, NOW_MS - 1000 + i, i));
      }

      assertThat(db.readAll(TENANT).get(A)).hasSize(41);
    }
  }

  /// Whatever happens to the files of chunks while the process is down, everything comes back.
  @Property(tries = 60)
  void whatIsDamagedIsRebuiltFromTheLog(@ForAll long seed) throws IOException {
    Random random = new Random(seed);
    SimulatedFiles disk = new SimulatedFiles(seed);
    long timeMs = NOW_MS - 7_000_000;
    Map<Labels, TreeMap<Long, Object>> expected = Map.of();
    for (int life = 0; life < 4; life++) {
      try (TsdbFixture db = open(disk)) {
        assertThat(db.readAll(TENANT)).isEqualTo(expected);
        for (int i = random.nextInt(120); i >= 0; i--) {
          timeMs += 1 + random.nextInt(20);
          Labels labels = Labels.of("__name__", "m", "instance", "i" + random.nextInt(4));
          long at = random.nextInt(3) == 0 ? timeMs - random.nextInt(300) : timeMs;
          db.write(
              TENANT,
              random.nextInt(12) == 0
                  ? Sample.of(labels, at, NativeHistogram.stale(random.nextBoolean()))
                  : Sample.of(labels, at, random.nextInt(5)));
        }
        if (random.nextInt(4) == 0) {
          db.tsdb.flush(TENANT);
        }
        expected = db.readAll(TENANT);
      }
      for (int i = random.nextInt(3); i > 0; i--) {
        damage(disk, random);
      }
    }
  }

  private static void damage(SimulatedFiles disk, Random random) throws IOException {
    List<String> names = disk.list(CHUNKS);
    if (names.isEmpty()) {
      return;
    }
    Path file = CHUNKS.resolve(names.get(random.nextInt(names.size())));
    int length = disk.content(file).length;
    switch (random.nextInt(3)) {
      case 0 -> disk.delete(file);
      case 1 -> disk.truncate(file, random.nextInt(length + 1));
      default -> {
        if (length > 0) {
          disk.corrupt(file, random.nextInt(length), 1 + random.nextInt(255));
        }
      }
    }
  }

  @Test
  void filesGoThoughNoCheckpointCanBeWritten() throws IOException {
    SimulatedFiles disk = new SimulatedFiles(1);
    try (TsdbFixture db = open(disk)) {
      for (int i = 0; i < 40; i++) {
        db.write(TENANT, Sample.of(A, NOW_MS - 1000 + i, i));
      }
      db.restart();
      for (int i = 0; i < 10; i++) {
        // A segment more, so that one could go.
        db.write(TENANT, Sample.of(Labels.of("pad", TsdbFixture.noise(i)), NOW_MS, i));
      }
      disk.setCreationFails(path -> path.toString().contains("checkpoint"));

      assertThatThrownBy(() -> db.tsdb.flush(TENANT)).isInstanceOf(UnavailableException.class);

      // Their room may be what a checkpoint needs.
      assertThat(disk.list(CHUNKS)).isEmpty();
      disk.setCreationFails(_ -> false);
      db.tsdb.maintain();
      assertThat(disk.list(LOG)).anyMatch(name -> name.startsWith("checkpoint"));
    }
  }

  @Test
  void whatNeitherAChunkNorTheLogHasIsCounted() throws IOException {
    SimulatedFiles disk = new SimulatedFiles(1);
    try (TsdbFixture db = open(disk)) {
      for (int i = 0; i < 42; i++) {
        db.write(TENANT, Sample.of(A, NOW_MS - 1000 + i, i));
      }
      db.restart();
      for (Path directory : List.of(CHUNKS, LOG)) {
        for (String name : disk.list(directory)) {
          int length = disk.content(directory.resolve(name)).length;
          for (int at = directory == CHUNKS ? 32 : 1024; at < length; at++) {
            disk.corrupt(directory.resolve(name), at, 1);
          }
        }
      }

      db.tsdb.flush(TENANT);

      // The open chunk is left.
      assertThat(db.readAll(TENANT).get(A)).hasSize(2);
      assertThat(db.metric("pallium_head_lost_chunks_total")).isEqualTo(10);
    }
  }

  /// The newest checkpoint is damaged where it ends, and a chunk that it names is missing: chunks
  /// are looked for after it and after the spare.
  @Test
  void chunksOfSamplesOutOfOrderAreTakenOverOnce() throws IOException {
    SimulatedFiles disk = new SimulatedFiles(1);
    try (TsdbFixture db = open(disk)) {
      for (int i = 0; i < 4; i++) {
        db.write(TENANT, Sample.of(A, NOW_MS - 1000 + 2 * i, i));
      }
      db.restart();
      assertThat(disk.list(CHUNKS)).hasSize(1);
      String withSamplesInOrder = disk.list(CHUNKS).getFirst();
      db.write(TENANT, Sample.of(A, NOW_MS - 999, 9));
      Map<Labels, TreeMap<Long, Object>> before = db.readAll(TENANT);
      db.tsdb.close();
      String newest =
          disk.list(LOG).stream()
              .filter(name -> name.startsWith("checkpoint"))
              .max(String::compareTo)
              .orElseThrow();
      disk.corrupt(LOG.resolve(newest), disk.content(LOG.resolve(newest)).length - 1, 1);
      disk.delete(CHUNKS.resolve(withSamplesInOrder));

      db.restart();

      assertThat(db.readAll(TENANT)).isEqualTo(before);
      assertThat(db.metric("pallium_head_closed_chunks")).isEqualTo(2);
    }
  }
}
