package io.pallium.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pallium.base.BadRequestException;
import io.pallium.base.CorruptDataException;
import io.pallium.model.NativeHistogram.ResetHint;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class NativeHistogramTest {
  private static final int[] NONE = {};

  private static NativeHistogram integer(int schema, long count, int[] spans, long... deltas) {
    return new NativeHistogram(
        ResetHint.UNKNOWN,
        false,
        schema,
        0.001,
        1,
        count,
        5,
        spans,
        deltas,
        NONE,
        new long[0],
        new double[0]);
  }

  private static NativeHistogram custom(int[] spans, int buckets, double... bounds) {
    long[] counts = new long[buckets];
    Arrays.fill(counts, Double.doubleToRawLongBits(1));
    return new NativeHistogram(
        ResetHint.UNKNOWN,
        true,
        NativeHistogram.CUSTOM_BUCKETS_SCHEMA,
        0,
        0,
        Double.doubleToRawLongBits(buckets),
        5,
        spans,
        counts,
        NONE,
        new long[0],
        bounds);
  }

  private static void assertRefused(NativeHistogram histogram, String text) {
    assertThatThrownBy(histogram::validate)
        .isInstanceOf(BadRequestException.class)
        .hasMessage(text);
  }

  @Test
  void validHistogramsPass() {
    assertThatCode(integer(3, 8, new int[] {-2, 2, 1, 1}, 2, 0, 1)::validate)
        .doesNotThrowAnyException();
    assertThatCode(custom(new int[] {0, 2, 1, 1}, 3, 1, 2, 3)::validate).doesNotThrowAnyException();
    assertThatCode(NativeHistogram.stale(false)::validate).doesNotThrowAnyException();
    assertThatCode(NativeHistogram.stale(true)::validate).doesNotThrowAnyException();
  }

  @Test
  void wrongHistogramsAreRefusedWithTheTextsOfPrometheus() {
    assertRefused(
        integer(9, 1, NONE),
        "histogram has an invalid schema, which must be between -4 and 8 for exponential buckets,"
            + " or -53 for custom buckets, got schema 9");
    assertRefused(
        integer(1, 3, new int[] {0, 2}, 2),
        "positive side: spans need 2 buckets, have 1 buckets: histogram spans specify different"
            + " number of buckets than provided");
    assertRefused(
        integer(1, 3, new int[] {0, 1, -1, 1}, 2, 0),
        "positive side: span number 2 with offset -1: histogram has a span whose offset is"
            + " negative");
    assertRefused(
        integer(1, 3, new int[] {0, 2}, 2, -3),
        "positive side: bucket number 2 has observation count of -1: histogram has a bucket whose"
            + " observation count is negative");
    assertRefused(
        integer(1, 4, new int[] {0, 1}, 2),
        "3 observations found in buckets, but the Count field is 4: histogram's observation count"
            + " should equal the number of observations found in the buckets (in absence of NaN)");
    assertRefused(
        custom(new int[] {0, 3}, 3, 1),
        "custom buckets: only 1 custom bounds defined which is insufficient to cover total span"
            + " length of 3: histogram custom bounds are too few");
    assertRefused(
        custom(new int[] {0, 1}, 1, 2, 1),
        "custom buckets: previous bound is 2.000000 and current is 1.000000: histogram custom"
            + " bounds must be in strictly increasing order");
    assertRefused(
        custom(new int[] {0, 1}, 1, Double.POSITIVE_INFINITY),
        "custom buckets: last +Inf bound must not be explicitly defined: histogram custom bounds"
            + " must be finite");
    assertRefused(
        custom(new int[] {0, 1}, 1, Double.NaN),
        "custom buckets: histogram custom bounds must not be NaN");
  }

  @Test
  void countsAreAbsoluteWhateverTheKind() {
    assertThat(integer(3, 8, new int[] {-2, 2, 1, 1}, 2, 0, 1).positiveCounts())
        .containsExactly(2, 2, 3);
    assertThat(integer(3, -1, NONE).count()).isEqualTo(18446744073709551615.0);
    assertThat(custom(new int[] {0, 2}, 2, 1).positiveCounts()).containsExactly(1, 1);
  }

  @Test
  void encodesTheExampleOfTheFormatPage() {
    NativeHistogram histogram = integer(3, 8, new int[] {-2, 2, 1, 1}, 2, 0, 1);
    byte[] bytes = new byte[NativeHistogramCodec.maxLengthBytes(histogram)];

    int length = NativeHistogramCodec.encode(histogram, bytes, 0);

    assertThat(HexFormat.of().formatHex(bytes, 0, length))
        .isEqualTo(
            "0006fca9f1d24d62503f01080000000000001440" + "0203020201" + "03040002" + "000000");
  }

  @Property(tries = 300)
  void halvedHistogramsAreThoseOfQueries(@ForAll long seed) {
    Random random = new Random(seed);
    int[] spans = {random.nextInt(-9, 9), 1 + random.nextInt(4), random.nextInt(5), 3};
    long[] deltas = new long[spans[1] + spans[3]];
    Arrays.setAll(deltas, i -> i % 2 == 0 ? 7 : -random.nextInt(8));
    NativeHistogram sent = integer(1 - random.nextInt(4), 0, spans, deltas);

    NativeHistogram halved = sent.halved();

    FloatHistogram expected = FloatHistogram.of(sent).copyTo(sent.schema() - 1);
    assertThat(halved.positiveBuckets().length).isLessThanOrEqualTo(deltas.length);
    assertThat(buckets(FloatHistogram.of(halved))).isEqualTo(buckets(expected));
  }

  private static String buckets(FloatHistogram histogram) {
    StringBuilder text = new StringBuilder();
    HistogramBuckets buckets = HistogramBuckets.ascending(histogram);
    while (buckets.next()) {
      text.append(buckets.lower()).append(' ').append(buckets.upper());
      text.append(' ').append(buckets.count()).append('\n');
    }
    return text.toString();
  }

  @Property(tries = 1000)
  void codecGivesBackEveryBit(@ForAll long seed) {
    NativeHistogram histogram = anything(new Random(seed));
    byte[] bytes = new byte[NativeHistogramCodec.maxLengthBytes(histogram) + 2];

    int length = NativeHistogramCodec.encode(histogram, bytes, 2);

    assertThat(NativeHistogramCodec.decode(bytes, 2, length)).isEqualTo(histogram);
    for (int cut = 0; cut < length; cut++) {
      int shorter = cut;
      assertThatThrownBy(() -> NativeHistogramCodec.decode(bytes, 2, shorter))
          .isInstanceOf(CorruptDataException.class);
    }
  }

  @Property(tries = 500)
  void aReaderFindsTheEndOfEachEncoding(@ForAll long seed) {
    Random random = new Random(seed);
    NativeHistogram first = anything(random);
    NativeHistogram second = anything(random);
    int room = NativeHistogramCodec.maxLengthBytes(first);
    byte[] bytes = new byte[3 + room + NativeHistogramCodec.maxLengthBytes(second)];
    int middle = 3 + NativeHistogramCodec.encode(first, bytes, 3);
    int end = middle + NativeHistogramCodec.encode(second, bytes, middle);

    var reader = new NativeHistogramCodec.Reader().reset(bytes, 3, end - 3);

    assertThat(reader.read()).isEqualTo(first);
    assertThat(reader.position()).isEqualTo(middle);
    assertThat(reader.read()).isEqualTo(second);
    assertThat(reader.position()).isEqualTo(end);
    assertThatThrownBy(reader::read)
        .isInstanceOf(CorruptDataException.class)
        .hasMessage("native histogram is cut off");
  }

  @Test
  void aLengthFromOutsideMustBeTheWholeEncoding() {
    NativeHistogram histogram = integer(3, 8, new int[] {-2, 2, 1, 1}, 2, 0, 1);
    byte[] bytes = new byte[NativeHistogramCodec.maxLengthBytes(histogram)];
    int length = NativeHistogramCodec.encode(histogram, bytes, 0);

    assertThatThrownBy(() -> NativeHistogramCodec.decode(bytes, 0, length + 2))
        .isInstanceOf(CorruptDataException.class)
        .hasMessage("native histogram has 2 bytes too many");
  }

  @Property(tries = 3000)
  void anyBytesDecodeOrAreCorrupt(@ForAll byte[] noise, @ForAll long seed) {
    decodeAnything(noise, noise.length);
    NativeHistogram histogram = anything(new Random(seed));
    byte[] bytes = new byte[NativeHistogramCodec.maxLengthBytes(histogram)];
    int length = NativeHistogramCodec.encode(histogram, bytes, 0);
    for (byte flip : noise) {
      bytes[Math.floorMod(flip * 31, length)] ^= (byte) (1 << (flip & 7));
      decodeAnything(bytes, length);
    }
  }

  private static void decodeAnything(byte[] bytes, int length) {
    try {
      NativeHistogramCodec.decode(bytes, 0, length);
    } catch (CorruptDataException expected) {
      assertThat(expected).hasMessageContaining("native histogram");
    }
  }

  private static NativeHistogram anything(Random random) {
    boolean isFloat = random.nextBoolean();
    return new NativeHistogram(
        ResetHint.values()[random.nextInt(4)],
        isFloat,
        random.nextInt(),
        Double.longBitsToDouble(random.nextLong()),
        random.nextLong(),
        random.nextLong() >>> random.nextInt(64),
        Double.longBitsToDouble(random.nextLong()),
        random.ints(2L * random.nextInt(5)).toArray(),
        random.longs(random.nextInt(20)).map(bits -> bits >> random.nextInt(64)).toArray(),
        random.ints(2L * random.nextInt(5)).toArray(),
        random.longs(random.nextInt(20)).toArray(),
        random.doubles(random.nextInt(5)).toArray());
  }
}
