package io.pallium.bucket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pallium.base.CorruptDataException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.zip.GZIPOutputStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

class BucketIndexTest {
  private static StoredBlock block(String ulid, long minTimeMs) {
    return new StoredBlock(ulid, minTimeMs, minTimeMs + 10, 1, 1_800_000_000, "");
  }

  private static byte[] zipped(String text) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return bytes.toByteArray();
  }

  @Property(tries = 200)
  void whatIsWrittenIsReadBack(
      @ForAll @Size(max = 20) List<@AlphaChars @StringLength(min = 1, max = 26) String> names,
      @ForAll long minTimeMs,
      @ForAll @IntRange(min = 0, max = 3) int segments,
      @ForAll @StringLength(max = 10) String deletions,
      @ForAll boolean isExpired) {
    BucketIndex index = BucketIndex.EMPTY;
    for (String name : names) {
      StoredBlock block =
          new StoredBlock(name, minTimeMs, minTimeMs / 2, segments, segments, deletions);
      index =
          new BucketIndex(
              index.with(block).blocks(), List.of(new BucketIndex.Mark(name, segments, isExpired)));
    }

    assertThat(BucketIndex.parse(index.toBytes(1_800_000_000))).isEqualTo(index);
  }

  @Property(tries = 300)
  void damageIsFoundOrHarmless(@ForAll @IntRange(max = 300) int at, @ForAll byte wrong) {
    byte[] bytes = BucketIndex.EMPTY.with(block("A", 1)).with(block("B", 2)).toBytes(1_800_000_000);
    bytes[at % bytes.length] = wrong;

    try {
      BucketIndex.parse(bytes);
    } catch (CorruptDataException e) {
      assertThat(e.getMessage()).contains("bucket index");
    }
  }

  @Test
  void indexThatIsCutOffIsRefused() {
    byte[] bytes = BucketIndex.EMPTY.with(block("A", 1)).toBytes(1_800_000_000);

    for (int length = 0; length < bytes.length; length++) {
      byte[] part = Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> BucketIndex.parse(part)).isInstanceOf(CorruptDataException.class);
    }
  }

  @Test
  void unknownVersionsAndMissingFieldsAreRefused() throws IOException {
    for (String text :
        List.of(
            "{}",
            "[]",
            "{\"version\":2}",
            "{\"version\":1,\"blocks\":[{\"min_time\":1,\"max_time\":2}]}",
            "{\"version\":1,\"blocks\":[{\"block_id\":\"A\",\"min_time\":1}]}",
            "{\"version\":1,\"block_deletion_marks\":[{\"block_id\":\"A\"}]}")) {
      byte[] bytes = zipped(text);
      assertThatThrownBy(() -> BucketIndex.parse(bytes))
          .as(text)
          .isInstanceOf(CorruptDataException.class);
    }
  }

  @Test
  void indexOfCortexIsRead() throws IOException {
    Path file =
        Path.of(
            System.getProperty("pallium.shared", ""),
            "blocks/cortex-bucket/team-a/bucket-index.json.gz");
    assumeTrue(Files.exists(file), "needs the folder in the system property pallium.shared");

    BucketIndex index = BucketIndex.parse(Files.readAllBytes(file));

    assertThat(index.marks()).isEmpty();
    assertThat(index.blocks())
        .containsExactly(
            new StoredBlock(
                "01M822WS2TRDWQDY63FCEA37Q1",
                1_767_571_200_000L,
                1_767_578_400_000L,
                1,
                1_795_366_478,
                ""),
            new StoredBlock(
                "01M822WS3D6GZC3ZZKB89VZ1NH",
                1_767_578_400_000L,
                1_767_579_602_443L,
                1,
                1_795_366_478,
                ""));
  }

  @Test
  void blocksComeInOrderOfTimeAndMarkedOnesAreNotListed() {
    BucketIndex index =
        BucketIndex.EMPTY.with(block("B", 20)).with(block("A", 30)).with(block("C", 10));

    assertThat(index.blocks()).extracting(StoredBlock::ulid).containsExactly("C", "B", "A");
    assertThat(index.lists(List.of("A", "B"))).isTrue();
    assertThat(index.lists(List.of("A", "D"))).isFalse();
    BucketIndex marked =
        new BucketIndex(index.blocks(), List.of(new BucketIndex.Mark("A", 100, false)));
    assertThat(marked.lists(List.of("A"))).isFalse();
    assertThat(marked.markedBefore(100)).isEmpty();
    assertThat(marked.markedBefore(101)).containsExactly("A");
    assertThat(marked.without(Set.of("A")).marks()).isEmpty();
    assertThat(index.withDeletions("A", "1").blocks()).hasSize(3);
    assertThat(index.withDeletions("D", "1")).isEqualTo(index);
  }

  @Test
  void marksOfExpiredBlocksGoWhenTheyAreNotExpiredAnyMore() {
    BucketIndex.Mark foreign = new BucketIndex.Mark("C", 100, false);
    BucketIndex index =
        new BucketIndex(List.of(block("A", 10), block("B", 20), block("C", 30)), List.of(foreign));

    BucketIndex expired = index.expiredBefore(30, 200);
    assertThat(expired.markedBefore(Long.MAX_VALUE)).containsExactlyInAnyOrder("A", "B", "C");
    assertThat(expired.expiredBefore(30, 300)).isEqualTo(expired);
    assertThat(expired.expiredBefore(20, 300).markedBefore(Long.MAX_VALUE))
        .containsExactlyInAnyOrder("A", "C");
    assertThat(expired.expiredBefore(Long.MIN_VALUE, 300)).isEqualTo(index);
  }
}
