package io.pallium.chunk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pallium.base.CorruptDataException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class XorCodecTest {
  record Samples(long[] timestampsMs, double[] values) {}

  @Test
  void encodesTheExampleOfTheFormatPage() {
    XorWriter writer = new XorWriter();

    writer.append(1000, 1.0);
    writer.append(16_000, 1.0);
    writer.append(31_000, 1.0);
    writer.append(46_001, 2.0);
    writer.append(61_001, 1.0);

    // 0005 | d00f zigzag 1000 | bits of 1.0 | 9875 delta 15,000, then as bits: value same 0;
    // 00; 10 00000000000001, 11 00001 001011, the 11 bits of the difference from 2^62 on; 10
    // 11111111111111, 10 and the same 11 bits.
    assertThat(HexFormat.of().formatHex(writer.toBytes()))
        .isEqualTo("0005d00f3ff0000000000000" + tail());
  }

  private static String tail() {
    StringBuilder bits = new StringBuilder();
    bits.append("10011000").append("01110101"); // LEB128 of 15,000 = 0x98 0x75.
    bits.append("0"); // Value of the second sample.
    bits.append("0").append("0"); // Third: same interval, same value.
    bits.append("10").append("00000000000001"); // Fourth: 1 ms late.
    bits.append("11").append("00001").append("001011").append("11111111111");
    bits.append("10").append("11111111111111"); // Fifth: 1 ms less than the interval before.
    bits.append("10").append("11111111111");
    while (bits.length() % 8 != 0) {
      bits.append('0');
    }
    StringBuilder hex = new StringBuilder();
    for (int i = 0; i < bits.length(); i += 8) {
      hex.append(String.format("%02x", Integer.parseInt(bits.substring(i, i + 8), 2)));
    }
    return hex.toString();
  }

  @Test
  void emptyChunkHasNoSamples() {
    assertThat(XorCodec.decode(new byte[2], 0, 2, new long[0], new double[0], 0)).isZero();
    assertThat(new XorWriter().toBytes()).isEqualTo(new byte[2]);
  }

  @Property(tries = 2000)
  void decodeGivesBackWhatWasAppended(@ForAll("samples") Samples samples) {
    XorWriter writer = new XorWriter();
    for (int i = 0; i < samples.values.length; i++) {
      assertThat(writer.append(samples.timestampsMs[i], samples.values[i])).isTrue();
    }

    assertSame(samples, writer.toBytes());
  }

  @Property(tries = 1000)
  void appendStaysWithinItsCapacityAndChangesNothingWhenFull(
      @ForAll("samples") Samples samples, @ForAll Random random) {
    int capacity = random.nextInt(10, 200);
    int offset = random.nextInt(0, 9);
    byte[] page = new byte[offset + capacity + 16];
    Arrays.fill(page, (byte) 0xa5);
    long[] state = new long[XorCodec.STATE_LONGS + 2];
    state[0] = 42;
    state[5] = 43;

    int taken = 0;
    while (taken < samples.values.length) {
      long[] before = state.clone();
      byte[] bytesBefore =
          Arrays.copyOfRange(page, offset, offset + XorCodec.lengthBytes(state, 1));
      if (!XorCodec.append(
          page, offset, capacity, state, 1, samples.timestampsMs[taken], samples.values[taken])) {
        assertThat(state).isEqualTo(before);
        assertThat(Arrays.copyOfRange(page, offset, offset + bytesBefore.length))
            .isEqualTo(bytesBefore);
        break;
      }
      taken++;
      assertThat(XorCodec.lastTimestampMs(state, 1)).isEqualTo(samples.timestampsMs[taken - 1]);
      assertThat(XorCodec.lastValueBits(state, 1))
          .isEqualTo(Double.doubleToRawLongBits(samples.values[taken - 1]));
    }

    assertThat(state[0]).isEqualTo(42);
    assertThat(state[5]).isEqualTo(43);
    for (int i = 0; i < page.length; i++) {
      if (i < offset || i >= offset + capacity) {
        assertThat(page[i]).isEqualTo((byte) 0xa5);
      }
    }
    assertThat(XorCodec.sampleCount(state, 1)).isEqualTo(taken);
    int length = XorCodec.seal(page, offset, state, 1);
    byte[] chunk = Arrays.copyOfRange(page, offset, offset + length);
    assertSame(
        new Samples(
            Arrays.copyOf(samples.timestampsMs, taken), Arrays.copyOf(samples.values, taken)),
        chunk);
    XorWriter writer = new XorWriter();
    for (int i = 0; i < taken; i++) {
      writer.append(samples.timestampsMs[i], samples.values[i]);
    }
    assertThat(chunk).isEqualTo(writer.toBytes());
  }

  @Test
  void chunkTakesTheLargestCountAndNoMore() {
    XorWriter writer = new XorWriter();
    for (int i = 0; i < XorCodec.MAX_SAMPLES; i++) {
      assertThat(writer.append(i * 10L, i / 7)).isTrue();
    }

    assertThat(writer.append(1L << 40, 0)).isFalse();
    long[] timestampsMs = new long[XorCodec.MAX_SAMPLES];
    double[] values = new double[XorCodec.MAX_SAMPLES];
    byte[] bytes = writer.toBytes();
    assertThat(XorCodec.decode(bytes, 0, bytes.length, timestampsMs, values, 0)).isEqualTo(65_535);
    assertThat(timestampsMs[65_534]).isEqualTo(655_340);
    assertThat(values[65_534]).isEqualTo(9362);
  }

  @Property(tries = 3000)
  void anyBytesDecodeOrAreCorrupt(@ForAll byte[] noise, @ForAll("samples") Samples samples) {
    decodeAnything(noise);
    XorWriter writer = new XorWriter();
    for (int i = 0; i < samples.values.length; i++) {
      writer.append(samples.timestampsMs[i], samples.values[i]);
    }
    byte[] bytes = writer.toBytes();
    for (int i = 0; i < noise.length; i++) {
      bytes[Math.floorMod(noise[i] * 31 + i * 7, bytes.length)] ^= (byte) (1 << (noise[i] & 7));
      decodeAnything(bytes);
    }
  }

  @Test
  void cutChunkIsCorrupt() {
    XorWriter writer = new XorWriter();
    for (int i = 0; i < 120; i++) {
      writer.append(i * 15_000L, i * 0.1);
    }
    byte[] bytes = writer.toBytes();

    for (int length = 0; length < bytes.length; length++) {
      int cut = length;
      assertThatThrownBy(() -> XorCodec.decode(bytes, 0, cut, new long[120], new double[120], 0))
          .isInstanceOf(CorruptDataException.class)
          .hasMessageContaining("xor chunk");
    }
  }

  private static void decodeAnything(byte[] bytes) {
    try {
      int samples = XorCodec.sampleCount(bytes, 0, bytes.length);
      XorCodec.decode(bytes, 0, bytes.length, new long[samples], new double[samples], 0);
    } catch (CorruptDataException expected) {
      assertThat(expected).hasMessageContaining("xor chunk");
    }
  }

  private static void assertSame(Samples samples, byte[] chunk) {
    int count = samples.values.length;
    assertThat(XorCodec.sampleCount(chunk, 0, chunk.length)).isEqualTo(count);
    byte[] shifted = new byte[chunk.length + 3];
    System.arraycopy(chunk, 0, shifted, 3, chunk.length);
    long[] timestampsMs = new long[count + 1];
    double[] values = new double[count + 1];
    assertThat(XorCodec.decode(shifted, 3, chunk.length, timestampsMs, values, 1)).isEqualTo(count);
    for (int i = 0; i < count; i++) {
      assertThat(timestampsMs[i + 1]).isEqualTo(samples.timestampsMs[i]);
      assertThat(Double.doubleToRawLongBits(values[i + 1]))
          .isEqualTo(Double.doubleToRawLongBits(samples.values[i]));
    }
  }

  /// Streams that begin anywhere, mostly regular in time and value, with leaps of each width.
  @Provide
  Arbitrary<Samples> samples() {
    Arbitrary<Long> starts =
        Arbitraries.oneOf(Arbitraries.longs(), Arbitraries.longs().between(0, 2_000_000_000_000L));
    return Combinators.combine(starts, Arbitraries.integers().between(0, 300), Arbitraries.longs())
        .as(XorCodecTest::stream);
  }

  private static Samples stream(long startMs, int count, long seed) {
    Random random = new Random(seed);
    long[] timestampsMs = new long[count];
    double[] values = new double[count];
    long delta = random.nextInt(1, 60_000);
    long timestampMs = startMs;
    double value = random.nextInt(1000);
    int noise = random.nextInt(1, 20);
    for (int i = 0; i < count; i++) {
      timestampsMs[i] = timestampMs;
      values[i] = value;
      if (random.nextInt(noise) == 0) {
        int width = new int[] {3, 13, 14, 16, 17, 19, 20, 21, 63}[random.nextInt(9)];
        long edge = 1L << width - 1;
        long leap =
            switch (random.nextInt(5)) {
              case 0 -> edge;
              case 1 -> edge + 1;
              case 2 -> -edge;
              case 3 -> -edge + 1;
              default -> random.nextLong(edge);
            };
        delta += leap;
      }
      timestampMs += delta;
      if (random.nextInt(noise) == 0) {
        value =
            switch (random.nextInt(9)) {
              case 0 -> Double.longBitsToDouble(0x7ff0000000000002L);
              case 1 -> Double.longBitsToDouble(0x7ff8000000000001L | random.nextLong() >>> 14);
              case 2 -> Double.POSITIVE_INFINITY;
              case 3 -> Double.NEGATIVE_INFINITY;
              case 4 -> -0.0;
              case 5 -> Double.MIN_VALUE;
              case 6 -> Double.longBitsToDouble(random.nextLong());
              case 7 -> value + 1;
              default -> random.nextInt(100);
            };
      }
    }
    return new Samples(timestampsMs, values);
  }
}
