package io.pallium.objectstore.row;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pallium.objectstore.StoreException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/// The bytes of rows and segments, as `docs/formats/row-store.md` has them.
class RowFormatTest {
  private static final RowKey KEY = new RowKey("/a/", "x");
  private static final String STAMP = "00112233445566778899aabbccddeeff";

  @Test
  void entryHasTheDocumentedBytes() {
    Entry entry =
        new Entry(
            STAMP,
            Entry.Kind.OBJECT,
            0x0102030405L,
            0x1000001,
            0x100000,
            List.of("f".repeat(32), "0".repeat(32)));

    assertThat(HexFormat.of().formatHex(entry.row().value()))
        .isEqualTo(
            "01"
                + "00"
                + "0000000102030405"
                + "0000000001000001"
                + "00100000"
                + "02"
                + "f".repeat(32)
                + "0".repeat(32));
    assertThat(entry.segments()).isEqualTo(17);
  }

  @Test
  void uploadHasTheDocumentedBytes() {
    Upload upload = new Upload(STAMP, "a/x", 17, 0x0102030405L);

    assertThat(HexFormat.of().formatHex(upload.row().value()))
        .isEqualTo("01" + "00000011" + "0000000102030405" + "612f78");
    assertThat(upload.key()).isEqualTo(new RowKey("#uploads/00", STAMP));
  }

  @Test
  void segmentHasTheDocumentedBytes() {
    byte[] content = "content".getBytes(StandardCharsets.US_ASCII);

    assertThat(HexFormat.of().formatHex(Segments.sealed(STAMP, 3, content, content.length)))
        .startsWith("636f6e74656e74")
        .hasSize(22);
  }

  @Property
  void entriesComeBack(
      @ForAll @IntRange(max = 3) int kind,
      @ForAll @LongRange(min = 0) long writtenMs,
      @ForAll @LongRange(min = 0, max = 1L << 40) long lengthBytes,
      @ForAll @IntRange(min = 1) int segmentBytes,
      @ForAll @Size(max = Entry.MAX_PREDECESSORS) List<@LongRange(min = 0) Long> predecessors) {
    List<String> stamps = predecessors.stream().map("%032x"::formatted).toList();
    Entry entry =
        new Entry(STAMP, Entry.Kind.values()[kind], writtenMs, lengthBytes, segmentBytes, stamps);

    assertThat(Entry.of(KEY, entry.row())).isEqualTo(entry);
  }

  @Property
  void anyBytesAreAnEntryOrCorrupt(@ForAll byte[] bytes) {
    assertDecodesOrIsCorrupt(() -> Entry.of(KEY, new Row(STAMP, bytes)));
    assertDecodesOrIsCorrupt(() -> Upload.of(new NamedRow(STAMP, new Row(STAMP, bytes))));
  }

  @Property
  void changedEntriesDecodeOrAreCorrupt(
      @ForAll @IntRange(max = 53) int at, @ForAll byte value, @ForAll @IntRange(max = 54) int cut) {
    byte[] bytes =
        new Entry(STAMP, Entry.Kind.OBJECT, 1, 2, 3, List.of(STAMP, STAMP)).row().value().clone();
    bytes[at] = value;

    assertDecodesOrIsCorrupt(() -> Entry.of(KEY, new Row(STAMP, bytes)));
    assertDecodesOrIsCorrupt(() -> Entry.of(KEY, new Row(STAMP, Arrays.copyOf(bytes, cut))));
  }

  @Property
  void changedSegmentIsFound(@ForAll @IntRange(max = 103) int at, @ForAll byte value) {
    byte[] content = new byte[100];
    byte[] segment = Segments.sealed(STAMP, 7, content, content.length);
    boolean isSame = segment[at] == value;
    segment[at] = value;

    if (isSame) {
      assertThat(Segments.opened(STAMP, 7, segment, 100)).isEqualTo(100);
      return;
    }
    assertThatThrownBy(() -> Segments.opened(STAMP, 7, segment, 100))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("does not match its checksum");
  }

  @Test
  void segmentOfAnotherPlaceIsFound() {
    byte[] segment = Segments.sealed(STAMP, 7, new byte[100], 100);

    assertThatThrownBy(() -> Segments.opened(STAMP, 8, segment, 100))
        .hasMessageContaining("does not match its checksum");
    assertThatThrownBy(() -> Segments.opened("0".repeat(32), 7, segment, 100))
        .hasMessageContaining("does not match its checksum");
    assertThatThrownBy(() -> Segments.opened(STAMP, 7, segment, 101))
        .hasMessageContaining("has 100 bytes, not 101");
    assertThatThrownBy(() -> Segments.opened(STAMP, 7, new byte[3], 100))
        .isInstanceOf(StoreException.class);
  }

  private static void assertDecodesOrIsCorrupt(Runnable decode) {
    try {
      decode.run();
    } catch (StoreException e) {
      assertThat(e.kind()).isEqualTo(StoreException.Kind.CORRUPT);
    }
  }
}
