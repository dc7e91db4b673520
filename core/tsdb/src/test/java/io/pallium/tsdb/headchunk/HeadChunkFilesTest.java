package io.pallium.tsdb.headchunk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pallium.base.CorruptDataException;
import io.pallium.tsdb.file.DurableFiles;
import io.pallium.tsdb.file.LocalDurableFiles;
import io.pallium.tsdb.file.SimulatedFiles;
import io.pallium.tsdb.headchunk.HeadChunkReport.DamageKind;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The files of head chunks alone: what is written is read back, and damage costs what it hits.
class HeadChunkFilesTest {
  private static final Path DIRECTORY = Path.of("head-chunks");

  @TempDir Path directory;

  private record Chunk(long ref, int encoding, long position, long previous, byte[] data) {}

  private static HeadChunkFiles open(DurableFiles files, Path directory, int maxFileBytes) {
    return new HeadChunkFiles(
        files, directory, maxFileBytes, new HeadChunkMetrics(new PrometheusRegistry()));
  }

  private static HeadChunkReport recover(HeadChunkFiles files, List<Long> positions) {
    return files.recover(
        (ref, encoding, isLate, position, length, minMs, maxMs, previous, hasPrevious) ->
            positions.add(position));
  }

  /// Writes chunks of random sizes, some a batch.
  private static List<Chunk> write(HeadChunkFiles files, int count, Random random)
      throws IOException {
    List<Chunk> chunks = new ArrayList<>();
    long previous = 0;
    while (chunks.size() < count) {
      files.begin();
      for (int i = random.nextInt(4); i >= 0; i--) {
        byte[] data = new byte[1 + random.nextInt(300)];
        random.nextBytes(data);
        long position =
            files.add(
                7, 1 + i % 3, false, chunks.size(), chunks.size(), previous, data, 0, data.length);
        chunks.add(new Chunk(7, 1 + i % 3, position, previous, data));
        previous = position;
      }
      files.write();
      chunks.forEach(chunk -> files.keep(chunk.position()));
      files.end();
    }
    return chunks;
  }

  private static void assertReadable(HeadChunkFiles files, List<Chunk> chunks) {
    HeadChunkFiles.Reader reader = files.reader();
    for (Chunk chunk : chunks) {
      byte[] read = reader.read(chunk.position(), chunk.data().length);
      assertThat(Arrays.copyOf(read, chunk.data().length)).isEqualTo(chunk.data());
    }
  }

  @Property(tries = 50)
  void whatIsWrittenIsReadBackAndFoundAgain(@ForAll long seed) throws IOException {
    Random random = new Random(seed);
    SimulatedFiles disk = new SimulatedFiles(seed).withShortWrites();
    List<Chunk> chunks;
    try (HeadChunkFiles files = open(disk, DIRECTORY, 4096)) {
      recover(files, new ArrayList<>());
      chunks = write(files, 40, random);
      assertReadable(files, chunks);
    }
    try (HeadChunkFiles files = open(disk, DIRECTORY, 4096)) {
      List<Chunk> found = new ArrayList<>();
      HeadChunkReport report =
          files.recover(
              (ref, encoding, isLate, position, length, minMs, maxMs, previous, hasPrevious) -> {
                Chunk written = chunks.get(found.size());
                assertThat(minMs).isEqualTo(found.size());
                assertThat(maxMs).isEqualTo(found.size());
                assertThat(length).isEqualTo(written.data().length);
                assertThat(hasPrevious).isEqualTo(previous != 0);
                found.add(new Chunk(ref, encoding, position, previous, written.data()));
              });
      assertThat(found).isEqualTo(chunks);
      assertThat(report.damage()).isEmpty();
      assertThat(report.chunks()).isEqualTo(chunks.size());
      assertReadable(files, chunks);
    }
  }

  @Property(tries = 200)
  void aFlippedByteCostsTheChunkThatItHits(@ForAll long seed) throws IOException {
    Random random = new Random(seed);
    SimulatedFiles disk = new SimulatedFiles(seed);
    List<Chunk> chunks;
    try (HeadChunkFiles files = open(disk, DIRECTORY, 1 << 20)) {
      recover(files, new ArrayList<>());
      chunks = write(files, 10, random);
    }
    Path file = DIRECTORY.resolve(HeadChunkLayout.fileName(1));
    int offset = random.nextInt(disk.content(file).length);
    disk.corrupt(file, offset, 1 + random.nextInt(255));

    try (HeadChunkFiles files = open(disk, DIRECTORY, 1 << 20)) {
      List<Long> found = new ArrayList<>();
      HeadChunkReport report = recover(files, found);

      List<Long> expected = new ArrayList<>();
      for (Chunk chunk : chunks) {
        long start = HeadChunkLayout.offset(chunk.position());
        long end = start + HeadChunkLayout.CHUNK_HEADER + chunk.data().length;
        if (offset >= HeadChunkLayout.FILE_HEADER && (offset < start || offset >= end)) {
          expected.add(chunk.position());
        }
      }
      assertThat(found).isEqualTo(expected);
      assertThat(report.damage()).hasSize(1);
    }
  }

  @Test
  void aChunkThatChangesAfterItWasFoundIsNotReadAsAnother() throws IOException {
    SimulatedFiles disk = new SimulatedFiles(1);
    try (HeadChunkFiles files = open(disk, DIRECTORY, 1 << 20)) {
      recover(files, new ArrayList<>());
      List<Chunk> chunks = write(files, 3, new Random(1));
      Chunk hit = chunks.get(1);
      disk.corrupt(
          DIRECTORY.resolve(HeadChunkLayout.fileName(1)),
          HeadChunkLayout.offset(hit.position()) + HeadChunkLayout.CHUNK_HEADER,
          1);

      assertThatThrownBy(() -> files.reader().read(hit.position(), hit.data().length))
          .isInstanceOf(CorruptDataException.class)
          .hasMessageContaining("00000001.chunks");
      assertReadable(files, List.of(chunks.get(0), chunks.get(2)));
    }
  }

  @Test
  void aTornTailIsCutOff() throws IOException {
    SimulatedFiles disk = new SimulatedFiles(1);
    List<Chunk> chunks;
    try (HeadChunkFiles files = open(disk, DIRECTORY, 1 << 20)) {
      recover(files, new ArrayList<>());
      chunks = write(files, 3, new Random(1));
    }
    Path file = DIRECTORY.resolve(HeadChunkLayout.fileName(1));
    Chunk last = chunks.getLast();
    disk.truncate(file, HeadChunkLayout.offset(last.position()) + 20);

    try (HeadChunkFiles files = open(disk, DIRECTORY, 1 << 20)) {
      List<Long> found = new ArrayList<>();
      HeadChunkReport report = recover(files, found);

      assertThat(found).hasSize(chunks.size() - 1);
      assertThat(report.damage())
          .singleElement()
          .satisfies(
              damage -> {
                assertThat(damage.kind()).isEqualTo(DamageKind.TORN_TAIL);
                assertThat(damage.bytes()).isEqualTo(20);
              });
      assertThat(disk.content(file)).hasSize((int) HeadChunkLayout.offset(last.position()));
    }
  }

  @Test
  void aMappedFileThatShrinksGoesIntoQuarantine() throws IOException {
    DurableFiles disk = new LocalDurableFiles();
    try (HeadChunkFiles files = open(disk, directory, 1 << 20)) {
      recover(files, new ArrayList<>());
      List<Chunk> chunks = write(files, 100, new Random(1));
      assertReadable(files, chunks);
      Path file = directory.resolve(HeadChunkLayout.fileName(1));
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.truncate(4096);
      }

      Chunk lost = chunks.getLast();
      HeadChunkFiles.Reader reader = files.reader();
      assertThatThrownBy(() -> reader.read(lost.position(), lost.data().length))
          .isInstanceOf(CorruptDataException.class)
          .hasMessageContaining("quarantine");
      Chunk first = chunks.getFirst();
      assertThatThrownBy(() -> reader.read(first.position(), first.data().length))
          .isInstanceOf(CorruptDataException.class)
          .hasMessageContaining("quarantine");
    }
  }

  @Test
  void aFileGoesWhenNoChunkInItIsHeld() throws IOException {
    SimulatedFiles disk = new SimulatedFiles(1);
    try (HeadChunkFiles files = open(disk, DIRECTORY, 4096)) {
      recover(files, new ArrayList<>());
      List<Long> positions = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        files.begin();
        positions.add(files.add(1, 1, false, i, i, 0, new byte[200], 0, 200));
        files.write();
        files.keep(positions.getLast());
        files.end();
      }
      int before = disk.list(DIRECTORY).size();
      assertThat(before).isGreaterThan(3);
      long kept = positions.getLast();
      for (long position : positions.subList(0, 40)) {
        files.release(position);
      }
      files.removeUnused();

      assertThat(disk.list(DIRECTORY)).hasSizeBetween(1, before - 2);
      assertThat(files.reader().read(kept, 200)).startsWith(new byte[200]);

      for (long position : positions.subList(40, 60)) {
        files.release(position);
      }
      files.removeUnused();
      assertThat(disk.list(DIRECTORY)).isEmpty();
    }
  }

  @Test
  void afterAWriteThatFailsTheNextBatchGoesIntoAnotherFile() throws IOException {
    SimulatedFiles disk = new SimulatedFiles(1);
    try (HeadChunkFiles files = open(disk, DIRECTORY, 1 << 20)) {
      recover(files, new ArrayList<>());
      List<Chunk> before = write(files, 3, new Random(1));
      disk.setFreeBytes(100);
      files.begin();
      files.add(1, 1, false, 0, 0, 0, new byte[200], 0, 200);
      assertThatThrownBy(files::write).isInstanceOf(IOException.class);
      files.end();
      disk.setFreeBytes(Long.MAX_VALUE);

      List<Chunk> after = write(files, 3, new Random(2));

      assertReadable(files, before);
      assertReadable(files, after);
      assertThat(HeadChunkLayout.fileNumber(after.getFirst().position())).isEqualTo(2);
    }
  }

  @Test
  void theBytesAreThoseOfTheDocument() throws IOException {
    SimulatedFiles disk = new SimulatedFiles(1);
    try (HeadChunkFiles files = open(disk, DIRECTORY, 1 << 20)) {
      recover(files, new ArrayList<>());
      files.begin();
      byte[] data = HexFormat.of().parseHex("0001d00f3ff0000000000000");
      files.add(5, 1, true, 1000, 1000, 0, data, 0, data.length);
      files.write();
      files.end();
    }
    byte[] content = disk.content(DIRECTORY.resolve(HeadChunkLayout.fileName(1)));
    // What depends on the salt is left out: the salt, the header's checksum, the chunk's check.
    Arrays.fill(content, 16, 24, (byte) 0);
    Arrays.fill(content, 24 + 44, 24 + 48, (byte) 0);

    assertThat(HexFormat.of().formatHex(content))
        .isEqualTo(
            "5048434b01000000"
                + "0100000000000000"
                + "0000000000000000"
                + "0c00000001010000"
                + "0500000000000000"
                + "e803000000000000"
                + "e803000000000000"
                + "0000000000000000"
                + HexFormat.of().formatHex(content, 24 + 40, 24 + 44)
                + "00000000"
                + "0001d00f3ff0000000000000");
  }
}
