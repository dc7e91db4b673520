package io.pallium.tsdb.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pallium.base.CorruptDataException;
import io.pallium.model.LabelMatcher;
import io.pallium.model.Labels;
import io.pallium.storage.Querier;
import io.pallium.storage.QueryControl;
import io.pallium.storage.SelectHints;
import io.pallium.tsdb.block.TestSeries.Sample;
import io.pallium.tsdb.file.LocalDurableFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A flipped bit in each kind of file and each section: what is said, and what can still be read.
class BlockDamageTest {
  private static final String ULID = "01J0000000000000000000TEST";
  private static final String WHOLE = "01J0000000000000000000TES2";
  private static final Labels FIRST = Labels.of("__name__", "first");
  private static final Labels SECOND = Labels.of("__name__", "second");

  private final LocalDurableFiles files = new LocalDurableFiles();
  private final QueryControl control = QueryControl.unlimited();
  private final TreeMap<Labels, List<Sample>> all = new TreeMap<>();
  @TempDir Path directory;

  @BeforeEach
  void writeBlock() {
    all.put(FIRST, TestSeries.floats(new Random(1), 300));
    all.put(SECOND, TestSeries.floats(new Random(2), 300));
    TestSeries.write(files, directory, ULID, all, BlockLayout.MAX_SEGMENT_BYTES);
  }

  @Test
  void flipInMetaIsReportedWithItsFile() throws IOException {
    String json = Files.readString(block().resolve("meta.json"));
    flip("meta.json", json.indexOf("\"minTime\" : ") + 15);

    assertThatThrownBy(() -> BlockReader.open(files, block()))
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining(ULID + "/meta.json")
        .hasMessageContaining("has checksum");
  }

  @Test
  void flipInTheTableOfContentsIsReportedWithItsOffset() throws IOException {
    long toc = indexBytes() - 52;
    flip("index", toc + 7);

    assertRefused("index", "table of contents at offset " + toc);
  }

  @Test
  void flipInSymbolsIsReportedWithItsOffset() throws IOException {
    flip("index", section(0) + 8);

    assertRefused("index", "symbols at offset " + (section(0) + 4));
  }

  @Test
  void flipInThePostingsTableIsReportedWithItsOffset() throws IOException {
    flip("index", section(5) + 9);

    assertRefused("index", "postings offset table at offset " + (section(5) + 4));
  }

  @Test
  void flipInTombstonesIsReportedWithItsOffset() throws IOException {
    flip("tombstones", 6);

    assertRefused("tombstones", "tombstones at offset 5");
  }

  @Test
  void flipInASeriesHarmsThatSeriesOnly() throws IOException {
    // Series lie at multiples of 16; the first byte is the length of the first one.
    long first = (section(1) + 15) / 16 * 16;
    flip("index", first + 3);

    try (BlockReader block = BlockReader.open(files, block())) {
      assertThatThrownBy(() -> read(block, "first"))
          .isInstanceOf(CorruptDataException.class)
          .hasMessageContaining(ULID + "/index: series at offset " + (first + 1));
      BlockReaderTest.assertSame(read(block, "second"), only(SECOND));
    }
  }

  @Test
  void flipInAPostingsListHarmsThatLabelOnly() throws IOException {
    // The list of all series has 2 references, that of the first label follows.
    long list = (section(4) + 3) / 4 * 4 + 4 + 4 + 8 + 4;
    flip("index", list + 8);

    try (BlockReader block = BlockReader.open(files, block())) {
      assertThatThrownBy(() -> read(block, "first"))
          .isInstanceOf(CorruptDataException.class)
          .hasMessageContaining(ULID + "/index: postings at offset " + (list + 4));
      BlockReaderTest.assertSame(read(block, "second"), only(SECOND));
    }
  }

  @Test
  void flipInAChunkHarmsThatSeriesOnly() throws IOException {
    flip("chunks/000001", 8 + 40);

    try (BlockReader block = BlockReader.open(files, block())) {
      assertThatThrownBy(() -> read(block, "first"))
          .isInstanceOf(CorruptDataException.class)
          .hasMessageContaining(ULID + "/chunks/000001: chunk at offset 8 has checksum");
      BlockReaderTest.assertSame(read(block, "second"), only(SECOND));
    }
  }

  @Test
  void aDamagedBlockDoesNotHarmOthers() throws IOException {
    TreeMap<Labels, List<Sample>> later = new TreeMap<>();
    later.put(
        FIRST,
        samples(FIRST).stream()
            .map(sample -> new Sample(sample.timestampMs() + 86_400_000, sample.value(), null))
            .toList());
    BlockMeta whole =
        TestSeries.write(files, directory, WHOLE, later, BlockLayout.MAX_SEGMENT_BYTES);
    BlockMeta damaged;
    try (BlockReader block = BlockReader.open(files, block())) {
      damaged = block.meta();
    }
    byte[] before = Files.readAllBytes(block().resolve("meta.json"));
    flip("index", section(0) + 8);

    try (Blocks blocks = Blocks.open(files, directory)) {
      assertThat(blocks.metas()).containsExactly(whole);
      assertThat(blocks.damagedCount()).isEqualTo(1);
      assertThat(blocks.endMs()).isEqualTo(whole.maxTimeMs());
      blocks.requireWhole(damaged.maxTimeMs(), Long.MAX_VALUE);
      assertThatThrownBy(() -> blocks.requireWhole(damaged.maxTimeMs() - 1, Long.MAX_VALUE))
          .isInstanceOf(CorruptDataException.class)
          .hasMessageContaining(
              "block " + ULID + " is damaged, and queries of its time are refused")
          .hasMessageContaining("index: symbols at offset");
      try (Querier querier =
          blocks.queriers(damaged.maxTimeMs(), Long.MAX_VALUE, control).getFirst()) {
        BlockReaderTest.assertSame(
            TestSeries.read(
                querier.select(SelectHints.sorted(0, Long.MAX_VALUE), List.of()), control),
            later);
      }
    }
    assertThat(Files.readAllBytes(block().resolve("meta.json"))).isEqualTo(before);
  }

  @Test
  void aHalfCopiedOrNewerBlockIsRefusedAndLeftAlone() throws IOException {
    Files.delete(block().resolve("index"));
    Path newer = Files.createDirectory(directory.resolve(WHOLE));
    Files.writeString(newer.resolve("meta.json"), "{\"version\": 2, \"ulid\": \"" + WHOLE + "\"}");

    try (Blocks blocks = Blocks.open(files, directory)) {
      assertThat(blocks.damagedCount()).isEqualTo(2);
    }
    assertThatThrownBy(() -> BlockReader.open(files, block()))
        .hasMessage("block " + block() + " has no index");
    assertThatThrownBy(() -> BlockReader.open(files, newer))
        .hasMessage(newer + "/meta.json: meta.json has version 2, known is 1");
    assertThat(block().resolve("chunks/000001")).exists();
    assertThat(newer.resolve("meta.json")).exists();
  }

  @Test
  void aMappedFileThatBecomesShorterQuarantinesItsBlock() throws IOException {
    for (String name : List.of("chunks/000001", "index")) {
      files.delete(block());
      TestSeries.write(files, directory, ULID, all, BlockLayout.MAX_SEGMENT_BYTES);
      try (BlockReader block = BlockReader.open(files, block())) {
        assertThat(read(block, "first")).hasSize(1);
        try (FileChannel channel =
            FileChannel.open(block().resolve(name), StandardOpenOption.WRITE)) {
          channel.truncate(0);
        }

        String message = "cannot be read: they became shorter, or the disk fails";
        assertThatThrownBy(() -> read(block, "first"))
            .isInstanceOf(CorruptDataException.class)
            .hasMessageContaining(ULID)
            .hasMessageContaining(message);
        assertThatThrownBy(() -> block.querier(0, 1, control))
            .isInstanceOf(CorruptDataException.class)
            .hasMessageContaining(message);
      }
    }
  }

  private void assertRefused(String file, String what) {
    assertThatThrownBy(() -> BlockReader.open(files, block()))
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining(ULID + "/" + file + ": " + what + " has checksum");
  }

  private Map<Labels, List<Sample>> read(BlockReader block, String metric) {
    LabelMatcher matcher = LabelMatcher.of(LabelMatcher.Type.EQUAL, Labels.METRIC_NAME, metric);
    try (Querier querier = block.querier(Long.MIN_VALUE, Long.MAX_VALUE, control)) {
      return TestSeries.read(
          querier.select(SelectHints.sorted(Long.MIN_VALUE, Long.MAX_VALUE), List.of(matcher)),
          control);
    }
  }

  private TreeMap<Labels, List<Sample>> only(Labels labels) {
    return new TreeMap<>(Map.of(labels, samples(labels)));
  }

  private List<Sample> samples(Labels labels) {
    return Objects.requireNonNull(all.get(labels));
  }

  private Path block() {
    return directory.resolve(ULID);
  }

  private long indexBytes() throws IOException {
    return Files.size(block().resolve("index"));
  }

  /// An offset from the table of contents.
  private long section(int number) throws IOException {
    byte[] bytes = Files.readAllBytes(block().resolve("index"));
    return ByteBuffer.wrap(bytes).getLong(bytes.length - 52 + 8 * number);
  }

  private void flip(String name, long offset) throws IOException {
    Path path = block().resolve(name);
    byte[] bytes = Files.readAllBytes(path);
    bytes[(int) offset] ^= 1;
    Files.write(path, bytes);
  }
}
