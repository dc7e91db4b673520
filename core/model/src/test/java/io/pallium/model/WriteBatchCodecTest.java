package io.pallium.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pallium.base.CorruptDataException;
import io.pallium.model.NativeHistogram.ResetHint;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/// The bytes of write batches and their results.
final class WriteBatchCodecTest {
  private static final NativeHistogram HISTOGRAM =
      new NativeHistogram(
          ResetHint.UNKNOWN,
          false,
          3,
          0.001,
          1,
          8,
          5.0,
          new int[] {-2, 2, 1, 1},
          new long[] {2, 0, 1},
          new int[0],
          new long[0],
          new double[0]);

  private final WriteBatchCodec codec = new WriteBatchCodec();

  @Test
  void writesTheBytesOfTheFormat() {
    WriteBatch batch = new WriteBatch().reset(new TenantId("t1")).session(7, 9);
    batch.addSeries(100);
    batch.addSample(1000, Double.doubleToRawLongBits(1.0));
    byte[] labels = Labels.of("a", "b").bytes();
    batch.addSeries(0, labels, 0, labels.length);
    batch.addSample(1000, 0x7ff0000000000002L);
    batch.addExemplar(999, Double.doubleToRawLongBits(2.0), Labels.of("trace", "x"));
    batch.addMetadata(new MetricMetadata("m", MetricType.COUNTER, "h", ""));

    assertThat(HexFormat.of().formatHex(codec.encode(batch)))
        .isEqualTo(
            "01" // version
                + "00" // flags
                + "0700000000000000" // sender
                + "0900000000000000" // incarnation
                + "027431" // tenant
                + "02" // series
                + "04"
                + "c801"
                + "c701" // refs: 100, 0
                + "06"
                + "02"
                + "04"
                + "01610162" // labels: series 1
                + "02"
                + "0201" // sample counts: 2 series with 1
                + "03"
                + "d00f"
                + "00" // timestamps
                + "10"
                + "000000000000f03f"
                + "020000000000f07f" // values
                + "00" // histograms
                + "14"
                + "01"
                + "ce0f"
                + "0000000000000040"
                + "08"
                + "0574726163650178"
                + "06"
                + "01"
                + "016d"
                + "0168"
                + "00"); // metadata
  }

  @Test
  void writesStartTimestampsBehindTheOtherSections() {
    WriteBatch batch = new WriteBatch().reset(new TenantId("t1")).session(7, 9);
    batch.addSeries(100);
    batch.addSample(1000, 0);
    batch.addSample(2000, 0);
    batch.starts().set(0, 500);
    batch.starts().set(1, 501);

    assertThat(HexFormat.of().formatHex(codec.encode(batch)))
        .isEqualTo(
            "01" // version
                + "01" // flags: start timestamps
                + "0700000000000000"
                + "0900000000000000"
                + "027431"
                + "01"
                + "02c801"
                + "00"
                + "020102"
                + "04d00fd00f"
                + "10"
                + "0000000000000000"
                + "0000000000000000"
                + "000000"
                + "03e80702" // start timestamps: 500, one more
                + "00"); // of histograms: none
  }

  @Test
  void takesTenToTwelveBytesForASampleInTheSteadyState() {
    WriteBatch batch = new WriteBatch().reset(new TenantId("t1")).session(7, 9);
    for (int i = 0; i < 1000; i++) {
      batch.addSeries(5_000_000 + i * 3);
      batch.addSample(1_700_000_000_000L, Double.doubleToRawLongBits(i));
    }

    assertThat(codec.encode(batch).length).isBetween(10_000, 12_000);
  }

  @Property(tries = 300)
  void givesBackWhatWasWritten(@ForAll long seed) {
    WriteBatch batch = randomBatch(new Random(seed));
    byte[] bytes = codec.encode(batch);
    WriteBatch read = new WriteBatch();
    read.addMetadata(new MetricMetadata("left", MetricType.INFO, "over", ""));

    codec.decode(bytes, 0, bytes.length, read);

    assertThat(describe(read)).isEqualTo(describe(batch));
    assertThat(codec.encode(read)).isEqualTo(bytes);
  }

  @Property(tries = 300)
  void refusesEveryTruncation(@ForAll long seed) {
    byte[] bytes = codec.encode(randomBatch(new Random(seed)));
    int length = new Random(seed).nextInt(bytes.length);

    assertThatThrownBy(() -> codec.decode(bytes, 0, length, new WriteBatch()))
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining("offset");
  }

  @Property(tries = 2000)
  void refusesOrReadsAnyDamage(@ForAll long seed) {
    Random random = new Random(seed);
    byte[] bytes = codec.encode(randomBatch(random));
    for (int i = random.nextInt(3); i >= 0; i--) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
    }
    WriteBatch read = new WriteBatch();
    try {
      codec.decode(bytes, 0, bytes.length, read);
    } catch (CorruptDataException e) {
      assertThat(e.getMessage()).isNotEmpty();
      return;
    }
    // What was read is whole: it can be walked and written.
    assertThat(describe(read)).isNotEmpty();
    assertThat(codec.encode(read)).isNotEmpty();
  }

  @Test
  void refusesOtherVersionsAndFlags() {
    byte[] bytes = codec.encode(new WriteBatch());
    for (int at = 0; at < 2; at++) {
      byte[] other = bytes.clone();
      other[at] = 2;
      assertThatThrownBy(() -> codec.decode(other, 0, other.length, new WriteBatch()))
          .isInstanceOf(CorruptDataException.class)
          .hasMessageContaining("not known");
    }
  }

  @Test
  void writesTheBytesOfTheResultFormat() {
    byte[] bytes = WriteResultCodec.encode(result());

    assertThat(HexFormat.of().formatHex(bytes))
        .isEqualTo(
            "01" // version
                + "0500000000000000" // incarnation
                + "04" // series
                + "0a" // stored samples
                + "02"
                + "01"
                + "c801"
                + "03"
                + "02" // refs: 0 -> 100, 3 -> 101
                + "01"
                + "03" // unknown: 2
                + "01"
                + "13"
                + hex("sample-out-of-order")
                + "02"
                + "13"
                + hex("sample-out-of-order")
                + "03"
                + hex("old"));
  }

  @Test
  void givesBackAResult() {
    byte[] bytes = WriteResultCodec.encode(result());

    WriteResult read = WriteResultCodec.decode(bytes, 0, bytes.length, 4);

    assertThat(read.incarnation()).isEqualTo(5);
    assertThat(read.storedSamples()).isEqualTo(10);
    assertThat(new long[] {read.ref(0), read.ref(1), read.ref(3)}).containsExactly(100, 0, 101);
    assertThat(read.unknownRefCount()).isEqualTo(1);
    assertThat(read.unknownRef(0)).isEqualTo(2);
    assertThat(read.rejected(RejectReason.OUT_OF_ORDER)).isEqualTo(2);
    assertThat(read.firstReason()).isEqualTo(RejectReason.OUT_OF_ORDER);
    assertThat(read.firstRejection()).isEqualTo("old");
    assertThat(WriteResultCodec.encode(read)).isEqualTo(bytes);
  }

  @Property(tries = 2000)
  void refusesOrReadsAnyDamageToAResult(@ForAll long seed) {
    Random random = new Random(seed);
    byte[] bytes = WriteResultCodec.encode(result());
    bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
    int length = random.nextBoolean() ? bytes.length : random.nextInt(bytes.length);
    try {
      WriteResult read = WriteResultCodec.decode(bytes, 0, length, 4);
      assertThat(read.seriesCount()).isEqualTo(4);
    } catch (CorruptDataException e) {
      assertThat(e).hasMessageContaining("corrupt");
    }
  }

  @Test
  void refusesAResultForAnotherBatch() {
    byte[] bytes = WriteResultCodec.encode(result());

    assertThatThrownBy(() -> WriteResultCodec.decode(bytes, 0, bytes.length, 5))
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining("4 series, the batch had 5");
  }

  private static WriteResult result() {
    WriteResult result = new WriteResult(5, 4);
    result.assignRef(0, 100);
    result.assignRef(3, 101);
    result.addUnknownRef(2);
    result.addStored(10);
    result.reject(RejectReason.OUT_OF_ORDER);
    result.reject(RejectReason.OUT_OF_ORDER);
    result.describeFirst(RejectReason.OUT_OF_ORDER, "old");
    return result;
  }

  private static String hex(String text) {
    return HexFormat.of().formatHex(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }

  private static WriteBatch randomBatch(Random random) {
    WriteBatch batch =
        new WriteBatch()
            .reset(new TenantId("tenant-" + random.nextInt(10)))
            .session(random.nextLong(), random.nextLong());
    int series = random.nextInt(20);
    for (int i = 0; i < series; i++) {
      if (random.nextInt(3) == 0) {
        byte[] labels =
            Labels.of("__name__", "m" + i, "b", "x".repeat(1 + random.nextInt(200))).bytes();
        batch.addSeries(random.nextBoolean() ? 0 : random.nextLong(), labels, 0, labels.length);
      } else {
        batch.addSeries(random.nextLong() | 1);
      }
      for (int k = random.nextInt(4); k > 0; k--) {
        batch.addSample(random.nextLong(), random.nextLong());
        batch.starts().set(batch.sampleCount() - 1, randomStart(random));
      }
      if (random.nextInt(4) == 0) {
        batch.addHistogram(random.nextLong(), HISTOGRAM);
        batch.histogramStarts().set(batch.histogramCount() - 1, randomStart(random));
      }
      if (random.nextInt(4) == 0) {
        batch.addExemplar(random.nextLong(), random.nextLong(), Labels.of("t", "v" + i));
      }
    }
    for (int k = random.nextInt(3); k > 0; k--) {
      batch.addMetadata(new MetricMetadata("m" + k, MetricType.GAUGE, "help\u00e9", "unit"));
    }
    return batch;
  }

  private static long randomStart(Random random) {
    return random.nextInt(8) == 0 ? random.nextLong() : 0;
  }

  private static String describe(WriteBatch batch) {
    StringBuilder text = new StringBuilder(batch.tenant().value());
    text.append(batch.senderId()).append('/').append(batch.receiverIncarnation());
    for (int i = 0; i < batch.seriesCount(); i++) {
      Labels labels =
          Labels.ofCanonical(
              Arrays.copyOfRange(batch.labelBytes(), batch.labelsStart(i), batch.labelsEnd(i)));
      text.append('\n').append(batch.ref(i)).append(labels);
      for (int k = batch.sampleStart(i); k < batch.sampleEnd(i); k++) {
        text.append(' ').append(batch.timestampsMs()[k]).append('=').append(batch.valueBits()[k]);
        text.append('@').append(batch.starts().get(k));
      }
    }
    for (int k = 0; k < batch.histogramCount(); k++) {
      text.append("\nh").append(batch.histogramSeries(k)).append(' ');
      text.append(batch.histogramTimestampMs(k)).append(batch.histogram(k).equals(HISTOGRAM));
      text.append('@').append(batch.histogramStarts().get(k));
    }
    for (int k = 0; k < batch.exemplarCount(); k++) {
      text.append("\ne").append(batch.exemplarSeries(k)).append(' ');
      text.append(batch.exemplarTimestampMs(k)).append(batch.exemplarValueBits(k));
      text.append(batch.exemplarLabels(k));
    }
    for (int k = 0; k < batch.metadataCount(); k++) {
      text.append('\n').append(batch.metadata(k));
    }
    return text.toString();
  }
}
