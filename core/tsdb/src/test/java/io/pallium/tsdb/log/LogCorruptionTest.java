package io.pallium.tsdb.log;

import static io.pallium.tsdb.log.SimulatedLog.DIRECTORY;
import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.model.Labels;
import io.pallium.tsdb.file.SimulatedFiles;
import io.pallium.tsdb.log.LogReplayReport.Damage;
import io.pallium.tsdb.log.RecordedLog.Batch;
import io.pallium.tsdb.log.RecordedLog.Entry;
import io.pallium.tsdb.log.RecordedLog.Item;
import io.pallium.tsdb.log.RecordedLog.Series;
import io.pallium.tsdb.log.RecordedLog.Tenant;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Flips bytes and cuts files anywhere: replay never fails, reports, and delivers every record that
/// was not touched.
class LogCorruptionTest {
  /// Where an entry stands.
  private record Place(String file, long start, long end) {}

  private final SimulatedFiles files = new SimulatedFiles(1);
  private final Map<Entry, Place> places = new LinkedHashMap<>();

  /// A checkpoint and several segments with records of many sizes.
  LogCorruptionTest() throws IOException {
    Random random = new Random(1);
    try (WriteLog log = SimulatedLog.open(files)) {
      for (int i = 1; i <= 60; i++) {
        SimulatedLog.append(log, batch(random, i)).join();
      }
      log.truncate(
          log.endPosition(),
          tenant -> 20,
          sink -> {
            for (int tenant = 1; tenant <= 5; tenant++) {
              sink.tenant(tenant, 1, "tenant-" + tenant);
              byte[] labels = Labels.of("tenant", "" + tenant).bytes();
              sink.series(tenant, labels, 0, labels.length);
            }
          });
    }
    for (String name : files.list(DIRECTORY)) {
      locate(name);
    }
  }

  private static Batch batch(Random random, int i) {
    List<Item> items = new ArrayList<>();
    items.add(new Series(100 + i, Labels.of("i", "" + i, "pad", "y".repeat(random.nextInt(500)))));
    for (int s = 0; s < 1 + random.nextInt(40); s++) {
      items.add(RecordedLog.sampleOf(100 + i, i, random.nextDouble()));
    }
    return new Batch(1, items);
  }

  private void locate(String name) throws IOException {
    try (var file = files.openRead(DIRECTORY.resolve(name))) {
      LogFileScanner scanner = new LogFileScanner(file, name);
      assertThat(scanner.readHeader()).isTrue();
      LogRecordReader reader = new LogRecordReader();
      while (scanner.next()) {
        RecordedLog seen = new RecordedLog();
        reader.read(
            scanner.type(),
            scanner.flags(),
            scanner.bytes(),
            scanner.payloadOffset(),
            scanner.payloadLength(),
            0,
            seen);
        for (Entry entry : seen.entries) {
          places.put(entry, new Place(name, scanner.recordOffset(), scanner.offset()));
        }
      }
    }
  }

  private List<Entry> replay(SimulatedFiles disk, List<Damage> damage) {
    RecordedLog seen = new RecordedLog();
    damage.addAll(SimulatedLog.replay(disk, seen).damage());
    return seen.entries;
  }

  private List<Entry> expected(Set<Entry> touched) {
    return places.keySet().stream().filter(entry -> !touched.contains(entry)).toList();
  }

  private Set<Entry> touchedBy(String name, long from, long to) {
    Set<Entry> touched = new HashSet<>();
    places.forEach(
        (entry, place) -> {
          if (place.file().equals(name) && place.start() < to && place.end() > from) {
            touched.add(entry);
          }
        });
    return touched;
  }

  @Test
  void theUndamagedLogHasAllOfIt() {
    List<Damage> damage = new ArrayList<>();

    // "checkpoint" sorts behind the segments' names but is read first.
    assertThat(replay(files.restartProcess(), damage)).hasSameElementsAs(places.keySet());
    assertThat(damage).isEmpty();
    assertThat(places.keySet()).hasAtLeastOneElementOfType(Tenant.class).hasSizeGreaterThan(45);
  }

  @Test
  void aFlippedByteCostsTheRecordThatItHits() throws IOException {
    Random random = new Random(2);
    for (String name : files.list(DIRECTORY)) {
      Path path = DIRECTORY.resolve(name);
      int length = files.content(path).length;
      for (int offset = random.nextInt(7); offset < length; offset += 1 + random.nextInt(7)) {
        SimulatedFiles disk = files.copy();
        disk.corrupt(path, offset, 1 << random.nextInt(8));
        Set<Entry> touched = touchedBy(name, offset, offset + 1);
        List<Damage> damage = new ArrayList<>();

        List<Entry> seen = replay(disk, damage);

        assertThat(seen)
            .as("%s at %d", name, offset)
            .containsExactlyInAnyOrderElementsOf(expected(touched));
        // Nobody misses the zeros between the copies of the header.
        assertThat(damage.isEmpty()).isEqualTo(offset < LogLayout.FILE_RECORDS);
      }
    }
  }

  @Test
  void aCutFileCostsWhatWasCutOff() throws IOException {
    Random random = new Random(3);
    for (String name : files.list(DIRECTORY)) {
      Path path = DIRECTORY.resolve(name);
      int length = files.content(path).length;
      for (int end = 0; end < length; end += 1 + random.nextInt(30)) {
        SimulatedFiles disk = files.copy();
        disk.truncate(path, end);
        Set<Entry> touched = touchedBy(name, end, length);
        List<Damage> damage = new ArrayList<>();

        List<Entry> seen = replay(disk, damage);

        assertThat(seen)
            .as("%s cut at %d", name, end)
            .containsExactlyInAnyOrderElementsOf(expected(touched));
      }
    }
  }

  @Test
  void garbageAnywhereCostsOnlyWhatItHits() throws IOException {
    Random random = new Random(4);
    List<String> names = files.list(DIRECTORY);
    for (int round = 0; round < 300; round++) {
      SimulatedFiles disk = files.copy();
      Set<Entry> touched = new HashSet<>();
      for (int hit = 0; hit < 1 + random.nextInt(4); hit++) {
        String name = names.get(random.nextInt(names.size()));
        Path path = DIRECTORY.resolve(name);
        int length = disk.content(path).length;
        int from = LogLayout.FILE_RECORDS + random.nextInt(length - LogLayout.FILE_RECORDS);
        int to = Math.min(length, from + random.nextInt(700));
        for (int at = from; at < to; at++) {
          disk.corrupt(path, at, random.nextInt(1, 256));
        }
        touched.addAll(touchedBy(name, from, to));
      }

      List<Entry> seen = replay(disk, new ArrayList<>());

      assertThat(seen).containsExactlyInAnyOrderElementsOf(expected(touched));
    }
  }

  @Test
  void aRecordHiddenInALabelValueIsNotTakenForOne() throws IOException {
    // A valid record with the salt of nobody, inside a record whose header gets broken.
    LogRecordWriter hidden = RecordedLog.encode(new LogRecordWriter(), new Tenant(66, 1, "evil"));
    byte[] bytes = new byte[64 + hidden.recordLength()];
    System.arraycopy(hidden.recordBytes(), 0, bytes, 64, hidden.recordLength());
    SimulatedFiles disk = new SimulatedFiles(5);
    try (WriteLog log = SimulatedLog.open(disk)) {
      LogRecordWriter record = new LogRecordWriter().beginBatch(1);
      record.series(1, bytes, 0, bytes.length);
      log.append(record.finish()).join();
      SimulatedLog.append(log, SimulatedLog.batch(1, 2, 2)).join();
    }
    disk.corrupt(DIRECTORY.resolve("00000001.wal"), LogLayout.FILE_RECORDS, 0xFF);

    assertThat(replay(disk, new ArrayList<>())).containsExactly(SimulatedLog.batch(1, 2, 2));
  }
}
