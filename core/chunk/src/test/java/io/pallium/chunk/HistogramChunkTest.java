package io.pallium.chunk;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.base.CorruptDataException;
import io.pallium.model.NativeHistogram;
import io.pallium.model.NativeHistogram.ResetHint;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class HistogramChunkTest {
  private static final int[] NO_SPANS = {};

  record Sample(long timestampMs, NativeHistogram histogram) {}

  record Chunk(int encoding, int samples, byte[] bytes) {
    int flags() {
      return bytes[2] & 0xff;
    }
  }

  private static NativeHistogram counter(int[] spans, long... deltas) {
    return histogram(ResetHint.UNKNOWN, spans, deltas);
  }

  private static NativeHistogram histogram(ResetHint hint, int[] spans, long... deltas) {
    long sum = 0;
    long count = 0;
    for (long delta : deltas) {
      count += delta;
      sum += count;
    }
    return new NativeHistogram(
        hint,
        false,
        1,
        0x1p-128,
        0,
        sum,
        sum * 1.5,
        spans,
        deltas,
        NO_SPANS,
        new long[0],
        new double[0]);
  }

  @Test
  void encodesTheExampleOfTheFormatPage() {
    HistogramWriter writer = new HistogramWriter();

    writer.append(1000, counter(new int[] {0, 2}, 1, 1), 0);
    writer.append(2000, counter(new int[] {0, 2}, 2, 0), 0);

    String bits =
        "01110100" // Zero threshold: exponent -127 + 243 = 116.
            + "10001" // Schema 1.
            + "10001"
            + "10010"
            + "0" // One span: 2 buckets from 0.
            + "0" // No negative span.
            + "11110"
            + "001111101000" // Timestamp 1,000.
            + "10011"
            + "0" // Count 3, zero count 0.
            + binary(Double.doubleToRawLongBits(4.5))
            + "10001"
            + "10001" // Buckets 1 and 1 more.
            + "11110"
            + "001111101000" // 1,000 later.
            + "10001"
            + "0" // One more, none in the zero bucket.
            + "11"
            + "01100"
            + "000011"
            + "101" // Sum 6.0.
            + "10001"
            + "10111"; // 1 more, and 1 less to the next bucket.
    assertThat(HexFormat.of().formatHex(writer.toBytes())).isEqualTo("000200" + hex(bits));
  }

  @Test
  void headerTellsWhyTheChunkBegan() {
    int[] spans = {0, 2};

    assertThat(flags(counter(spans, 3, 0), counter(spans, 1, 0))).containsExactly(0x00, 0x80);
    assertThat(flags(counter(spans, 3, 0), counter(new int[] {0, 3}, 3, 0, 0)))
        .containsExactly(0x00, 0x40);
    assertThat(flags(counter(spans, 3, 0), counter(new int[] {1, 2}, 3, 4)))
        .containsExactly(0x00, 0x80);
    assertThat(flags(counter(spans, 1, 0), histogram(ResetHint.YES, spans, 3, 0)))
        .containsExactly(0x00, 0x80);
    assertThat(flags(counter(spans, 1, 0), histogram(ResetHint.GAUGE, spans, 3, 0)))
        .containsExactly(0x00, 0xc0);
    assertThat(
            flags(histogram(ResetHint.GAUGE, spans, 9, 0), histogram(ResetHint.GAUGE, spans, 3, 0)))
        .containsExactly(0xc0);
    assertThat(flags(counter(spans, 1, 0), NativeHistogram.stale(false), counter(spans, 2, 0)))
        .containsExactly(0x00, 0x00);
    assertThat(flags(histogram(ResetHint.YES, spans, 3, 0))).containsExactly(0x80);
  }

  @Test
  void sameChunkGoesOnWhileCountsGrow() {
    HistogramWriter writer = new HistogramWriter();
    for (int i = 0; i < 65_535; i++) {
      assertThat(writer.append(i * 1000L, counter(new int[] {0, 2}, i, 1), 0)).isTrue();
    }

    assertThat(writer.append(65_535_000, counter(new int[] {0, 2}, 65_535, 1), 0)).isFalse();
  }

  @Property(tries = 500)
  void whatIsAppendedIsReadButForHints(@ForAll long seed) {
    List<Sample> samples = stream(new Random(seed));

    List<Sample> read = new ArrayList<>();
    for (Chunk chunk : write(samples)) {
      byte[] shifted = new byte[chunk.bytes.length + 5];
      System.arraycopy(chunk.bytes, 0, shifted, 5, chunk.bytes.length);
      ChunkSamples decoded =
          new ChunkSamples().decode(chunk.encoding, shifted, 5, chunk.bytes.length);
      assertThat(decoded.count()).isEqualTo(chunk.samples);
      for (int i = 0; i < chunk.samples; i++) {
        NativeHistogram histogram = Objects.requireNonNull(decoded.histogram(i));
        read.add(new Sample(decoded.timestampMs(i), histogram));
        ResetHint hint =
            histogram.isStale()
                ? ResetHint.UNKNOWN
                : chunk.flags() == 0xc0
                    ? ResetHint.GAUGE
                    : i == 0 ? ResetHint.UNKNOWN : ResetHint.NO;
        assertThat(histogram.resetHint()).isEqualTo(hint);
      }
    }

    assertThat(read).hasSameSizeAs(samples);
    for (int i = 0; i < read.size(); i++) {
      Sample expected = samples.get(i);
      assertThat(read.get(i).timestampMs).isEqualTo(expected.timestampMs);
      assertThat(read.get(i).histogram)
          .isEqualTo(expected.histogram.withResetHint(read.get(i).histogram.resetHint()));
    }
  }

  @Property(tries = 1000)
  void anyBytesDecodeOrAreCorrupt(@ForAll byte[] noise, @ForAll long seed) {
    decodeAnything(ChunkEncoding.HISTOGRAM, noise);
    decodeAnything(ChunkEncoding.FLOAT_HISTOGRAM, noise);
    for (Chunk chunk : write(stream(new Random(seed)))) {
      byte[] bytes = chunk.bytes.clone();
      for (int i = 0; i < Math.min(20, noise.length); i++) {
        bytes[Math.floorMod(noise[i] * 31 + i * 7, bytes.length)] ^= (byte) (1 << (noise[i] & 7));
        decodeAnything(chunk.encoding, bytes);
      }
      decodeAnything(chunk.encoding, Arrays.copyOf(chunk.bytes, chunk.bytes.length / 2));
    }
  }

  private static void decodeAnything(int encoding, byte[] bytes) {
    try {
      new ChunkSamples().decode(encoding, bytes, 0, bytes.length);
    } catch (CorruptDataException expected) {
      assertThat(expected).hasMessageContaining("chunk");
    }
  }

  private static List<Integer> flags(NativeHistogram... histograms) {
    List<Sample> samples = new ArrayList<>();
    for (int i = 0; i < histograms.length; i++) {
      samples.add(new Sample(i * 1000L, histograms[i]));
    }
    return write(samples).stream().map(Chunk::flags).toList();
  }

  private static List<Chunk> write(List<Sample> samples) {
    List<Chunk> chunks = new ArrayList<>();
    HistogramWriter writer = new HistogramWriter();
    for (Sample sample : samples) {
      if (!writer.append(sample.timestampMs, sample.histogram, 0)) {
        chunks.add(new Chunk(writer.encoding(), writer.sampleCount(), writer.cut()));
        assertThat(writer.append(sample.timestampMs, sample.histogram, 0)).isTrue();
      }
    }
    if (writer.sampleCount() > 0) {
      chunks.add(new Chunk(writer.encoding(), writer.sampleCount(), writer.toBytes()));
    }
    return chunks;
  }

  private static List<Sample> stream(Random random) {
    List<Sample> samples = new ArrayList<>();
    long timestampMs = random.nextInt(10) == 0 ? random.nextLong() : random.nextInt();
    boolean isFloat = random.nextBoolean();
    boolean isCustom = random.nextInt(3) == 0;
    boolean isGauge = random.nextInt(3) == 0;
    int[] spans = {random.nextInt(5), 3, 1 + random.nextInt(3), 2};
    int[] negativeSpans = isCustom ? NO_SPANS : new int[] {-random.nextInt(5), 2};
    double[] bounds = isCustom ? bounds(random) : new double[0];
    double zeroThreshold =
        isCustom ? 0 : new double[] {0, 0x1p-128, 0x1p10, 0x1p11, 0.3}[random.nextInt(5)];
    long[] positive = new long[5];
    long[] negative = new long[isCustom ? 0 : 2];
    int count = random.nextInt(80);
    for (int i = 0; i < count; i++) {
      timestampMs += 15_000 + (random.nextInt(4) == 0 ? random.nextInt(1000) : 0);
      if (random.nextInt(20) == 0) {
        samples.add(new Sample(timestampMs, NativeHistogram.stale(isFloat)));
        continue;
      }
      if (random.nextInt(30) == 0) {
        Arrays.fill(positive, 0);
      }
      if (random.nextInt(30) == 0) {
        isFloat = !isFloat;
      }
      if (random.nextInt(30) == 0) {
        spans = spans.clone();
        spans[2]++;
      }
      grow(random, positive);
      grow(random, negative);
      samples.add(
          new Sample(
              timestampMs,
              new NativeHistogram(
                  isGauge
                      ? ResetHint.GAUGE
                      : random.nextInt(30) == 0 ? ResetHint.YES : ResetHint.UNKNOWN,
                  isFloat,
                  isCustom ? NativeHistogram.CUSTOM_BUCKETS_SCHEMA : 3,
                  zeroThreshold,
                  0,
                  counts(isFloat, Arrays.stream(positive).sum() + Arrays.stream(negative).sum())[0],
                  random.nextInt(8) == 0 ? Double.NaN : random.nextInt(1000) / 8.0,
                  spans,
                  counts(isFloat, positive),
                  negativeSpans,
                  counts(isFloat, negative),
                  bounds)));
    }
    return samples;
  }

  private static double[] bounds(Random random) {
    double[] bounds = new double[12];
    double bound = random.nextBoolean() ? -1.5 : 0.005;
    for (int i = 0; i < bounds.length; i++) {
      bounds[i] = bound;
      bound += new double[] {0.001, 0.25, 1.0 / 3, 10_000}[random.nextInt(4)];
    }
    return bounds;
  }

  private static void grow(Random random, long[] absolute) {
    for (int i = 0; i < absolute.length; i++) {
      if (random.nextInt(3) == 0) {
        absolute[i] += random.nextLong(1L << random.nextInt(30));
      }
    }
  }

  private static long[] counts(boolean isFloat, long... absolute) {
    long[] counts = new long[absolute.length];
    for (int i = 0; i < counts.length; i++) {
      counts[i] =
          isFloat
              ? Double.doubleToRawLongBits(absolute[i] * 0.5)
              : absolute[i] - (i == 0 ? 0 : absolute[i - 1]);
    }
    return counts;
  }

  private static String binary(long value) {
    String digits = Long.toBinaryString(value);
    return "0".repeat(64 - digits.length()) + digits;
  }

  private static String hex(String bits) {
    String padded = bits + "0".repeat((8 - bits.length() % 8) % 8);
    StringBuilder hex = new StringBuilder();
    for (int i = 0; i < padded.length(); i += 8) {
      hex.append(String.format("%02x", Integer.parseInt(padded.substring(i, i + 8), 2)));
    }
    return hex.toString();
  }
}
