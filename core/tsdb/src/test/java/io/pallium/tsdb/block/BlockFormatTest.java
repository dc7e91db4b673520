package io.pallium.tsdb.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pallium.base.CorruptDataException;
import io.pallium.chunk.ChunkEncoding;
import io.pallium.chunk.XorWriter;
import io.pallium.model.Labels;
import io.pallium.tsdb.file.LocalDurableFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlockFormatTest {
  private static final String ULID = "01J0000000000000000000TEST";

  private final LocalDurableFiles files = new LocalDurableFiles();

  @Test
  void filesHaveTheBytesOfTheFormatPages(@TempDir Path directory) throws IOException {
    XorWriter chunk = new XorWriter();
    chunk.append(1000, 1.0);
    byte[] bytes = chunk.toBytes();
    try (BlockWriter writer = new BlockWriter(files, directory, ULID)) {
      writer.addSeries(Labels.of("a", "x"));
      writer.addChunk(ChunkEncoding.XOR, 1000, 1000, bytes, 0, bytes.length);
      writer.addSeries(Labels.of("a", "y"));
      writer.addChunk(ChunkEncoding.XOR, 1000, 1000, bytes, 0, bytes.length);
      writer.finish();
    }
    Path block = directory.resolve(ULID);

    // A chunk is 12 bytes of data behind its length and encoding.
    String framed = "0c" + "01" + "0001d00f3ff0000000000000";
    String chunkCrc = hex(block.resolve("chunks").resolve("000001")).substring(44, 52);
    assertThat(hex(block.resolve("chunks").resolve("000001")))
        .isEqualTo("85bd40dd01000000" + framed + chunkCrc + framed + chunkCrc);
    assertThat(hex(block.resolve("tombstones"))).isEqualTo("0130ba300100000000");
    // Checksums are left to the reader, which compares them.
    assertThat(hex(block.resolve("index")))
        .matches(
            "baaad70002"
                + "0000000a"
                + "00000003"
                + "016101780179"
                + ".{8}"
                + "0{18}"
                // Series 2: one label a=x, one chunk from 1,000 for 0 ms at 8.
                + "08"
                + "01"
                + "0001"
                + "01d00f0008"
                + ".{8}"
                + "0{6}"
                // Series 3: a=y, its chunk at 26.
                + "08"
                + "01"
                + "0002"
                + "01d00f001a"
                + ".{8}"
                + "0{6}"
                + "0000000c0000000200000002"
                + "00000003.{8}"
                + "000000080000000100000002.{8}"
                + "000000080000000100000003.{8}"
                + "00000014"
                + "00000003"
                + "02000040"
                + "020161017854"
                + "020161017964"
                + ".{8}"
                + "0000000000000005"
                + "0000000000000017"
                + "000000000000003d"
                + "0000000000000074"
                + "000000000000003d"
                + "0000000000000074"
                + ".{8}");
    try (BlockReader reader = BlockReader.open(files, block)) {
      assertThat(reader.meta().stats()).isEqualTo(new BlockStats(2, 2, 0, 2, 2));
      assertThat(reader.meta().minTimeMs()).isEqualTo(1000);
      assertThat(reader.meta().maxTimeMs()).isEqualTo(1001);
    }
  }

  @Test
  void metaIsReadWithoutOurChecksumAndRefusedWithAWrongOne() {
    String meta =
        """
        {"ulid": "%s", "minTime": 5, "maxTime": 9, "version": 1, "thanos": {"labels": {}},
         "stats": {"numSeries": 3}, "compaction": {"level": 2, "sources": ["a", "b"]}%s}
        """;

    BlockMeta read = BlockMeta.fromJson(utf8(meta.formatted(ULID, "")));
    assertThat(read.lineage().level()).isEqualTo(2);
    assertThat(read.lineage().sources()).containsExactly("a", "b");
    assertThat(BlockMeta.fromJson(read.toJson())).isEqualTo(read);
    assertThatThrownBy(
            () ->
                BlockMeta.fromJson(
                    utf8(meta.formatted(ULID, ", \"pallium\": {\"checksum\": \"00000000\"}"))))
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining("meta.json has checksum 00000000, computed ");
    assertThatThrownBy(() -> BlockMeta.fromJson(utf8(meta.formatted("short", ""))))
        .isInstanceOf(CorruptDataException.class);
    assertThatThrownBy(() -> BlockMeta.fromJson(utf8("{")))
        .isInstanceOf(CorruptDataException.class);
  }

  @Test
  void namesOfBlocksCarryTheirTime() {
    String ulid = Ulid.next(1_767_571_200_000L, new Random(1));

    assertThat(Ulid.isValid(ulid)).isTrue();
    assertThat(Ulid.timestampMs(ulid)).isEqualTo(1_767_571_200_000L);
    assertThat(Ulid.isValid("8ZZZZZZZZZZZZZZZZZZZZZZZZZ")).isFalse();
    assertThat(Ulid.isValid("01J0000000000000000000TESU")).isFalse();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String hex(Path file) throws IOException {
    return HexFormat.of().formatHex(Files.readAllBytes(file));
  }
}
