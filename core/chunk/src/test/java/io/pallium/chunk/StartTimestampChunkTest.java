package io.pallium.chunk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pallium.base.CorruptDataException;
import io.pallium.model.NativeHistogram;
import io.pallium.model.NativeHistogram.ResetHint;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Chunks whose samples have start timestamps, and how a series comes to have them.
class StartTimestampChunkTest {
  private static final double STALE = Double.longBitsToDouble(0x7ff0000000000002L);

  private record Sample(
      long timestampMs, long valueBits, @Nullable NativeHistogram histogram, long startMs) {
    static Sample of(long timestampMs, double value, long startMs) {
      return new Sample(timestampMs, Double.doubleToRawLongBits(value), null, startMs);
    }

    static Sample of(long timestampMs, NativeHistogram histogram, long startMs) {
      return new Sample(timestampMs, 0, histogram, startMs);
    }
  }

  private record Chunk(int encoding, byte[] bytes) {}

  @Test
  void encodesTheExampleOfTheFormatPage() {
    List<Chunk> chunks =
        write(
            Sample.of(1_000, 1.0, 500),
            Sample.of(16_000, 1.0, 500),
            Sample.of(31_000, 1.0, 500),
            Sample.of(46_001, 2.0, 40_000),
            Sample.of(61_002, STALE, 40_000));

    assertThat(chunks).hasSize(1);
    assertThat(chunks.getFirst().encoding).isEqualTo(ChunkEncoding.XOR2);
    assertThat(HexFormat.of().formatHex(chunks.getFirst().bytes)).isEqualTo(XOR2_EXAMPLE);
  }

  /// As Prometheus 3.14 encodes it.
  private static final String XOR2_EXAMPLE =
      "000583d00f3ff0000000000000e80798753000704bffff7b9b1ff83a99";

  @Test
  void histogramsWithoutCountsShowTheHeader() {
    List<Chunk> chunks =
        write(
            Sample.of(1_000, counter(ResetHint.YES, 1), 500),
            Sample.of(16_000, counter(ResetHint.UNKNOWN, 2), 500),
            Sample.of(31_000, counter(ResetHint.UNKNOWN, 4), 16_000));

    assertThat(chunks).hasSize(1);
    assertThat(chunks.getFirst().encoding).isEqualTo(ChunkEncoding.STARTED_HISTOGRAM);
    assertThat(HexFormat.of().formatHex(chunks.getFirst().bytes)).isEqualTo(HISTOGRAM_EXAMPLE);
  }

  /// As Prometheus 3.14 encodes it.
  private static final String HISTOGRAM_EXAMPLE =
      "800382f389e3e88c4ffe0000000000003a01fe0ea6231c25fff4630010";

  @Test
  void aChunkWithoutStartsEndsWhereTheFirstOneHasIt() {
    List<Chunk> chunks =
        write(
            Sample.of(1, 1.0, 0),
            Sample.of(2, 1.0, 0),
            Sample.of(3, 1.0, 2),
            Sample.of(4, 1.0, 0),
            Sample.of(5, counter(ResetHint.UNKNOWN, 1), 0),
            Sample.of(6, counter(ResetHint.UNKNOWN, 1), 4),
            Sample.of(7, 1.0, 0));

    assertThat(chunks)
        .extracting(Chunk::encoding)
        .containsExactly(
            ChunkEncoding.XOR,
            ChunkEncoding.XOR2,
            ChunkEncoding.HISTOGRAM,
            ChunkEncoding.STARTED_HISTOGRAM,
            ChunkEncoding.XOR);
  }

  @Test
  void withoutStartsTheBytesAreThoseOfThePlainEncodings() {
    XorWriter plain = new XorWriter();
    ChunkAppender appender = new ChunkAppender(120);
    for (int i = 0; i < 120; i++) {
      plain.append(i * 15_000L, i * 1.1);
      appender.append(i * 15_000L, i * 1.1, null, 0);
    }

    assertThat(appender.encoding()).isEqualTo(ChunkEncoding.XOR);
    assertThat(appender.cut()).isEqualTo(plain.toBytes());
  }

  @Test
  void startsThatStayTakeNoBits() {
    byte[] started = bytesOf(120, 7);
    byte[] changing = bytesOf(120, -1);

    assertThat(started.length).isLessThan(60);
    assertThat(changing.length).isGreaterThan(started.length + 100);
  }

  /// @param startMs of all samples; -1: the time of the sample before
  private static byte[] bytesOf(int count, long startMs) {
    Xor2Writer writer = new Xor2Writer();
    Random random = new Random(1);
    long timestampMs = 0;
    for (int i = 0; i < count; i++) {
      long before = timestampMs;
      timestampMs += 15_000;
      writer.append(timestampMs, 1, startMs < 0 ? before - random.nextInt(1000) : startMs);
    }
    return writer.cut();
  }

  @Property(tries = 1000)
  void whatIsAppendedIsRead(@ForAll long seed) {
    List<Sample> samples = stream(new Random(seed));

    List<Sample> read = new ArrayList<>();
    ChunkSamples decoded = new ChunkSamples();
    for (Chunk chunk : write(samples.toArray(Sample[]::new))) {
      byte[] shifted = new byte[chunk.bytes.length + 5];
      System.arraycopy(chunk.bytes, 0, shifted, 5, chunk.bytes.length);
      decoded.decode(chunk.encoding, shifted, 5, chunk.bytes.length);
      for (int i = 0; i < decoded.count(); i++) {
        NativeHistogram histogram = decoded.histogram(i);
        read.add(
            new Sample(
                decoded.timestampMs(i),
                Double.doubleToRawLongBits(decoded.value(i)),
                histogram == null ? null : histogram.withResetHint(ResetHint.UNKNOWN),
                decoded.startMs(i)));
        assertThat(decoded.indexOf(decoded.timestampMs(i))).isEqualTo(i);
      }
    }

    assertThat(read).isEqualTo(samples);
  }

  @Property(tries = 1000)
  void anyBytesDecodeOrAreCorrupt(@ForAll byte[] noise, @ForAll long seed) {
    for (int encoding = 0; encoding < 8; encoding++) {
      decodeAnything(encoding, noise);
    }
    for (Chunk chunk : write(stream(new Random(seed)).toArray(Sample[]::new))) {
      byte[] bytes = chunk.bytes.clone();
      for (int i = 0; i < Math.min(20, noise.length); i++) {
        bytes[Math.floorMod(noise[i] * 31 + i * 7, bytes.length)] ^= (byte) (1 << (noise[i] & 7));
        decodeAnything(chunk.encoding, bytes);
      }
      decodeAnything(chunk.encoding, Arrays.copyOf(chunk.bytes, chunk.bytes.length / 2));
    }
  }

  @Test
  void anUnknownEncodingIsCorrupt() {
    assertThatThrownBy(() -> new ChunkSamples().decode(7, new byte[9], 0, 9))
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining("unknown encoding 7");
  }

  private static void decodeAnything(int encoding, byte[] bytes) {
    try {
      ChunkSamples decoded = new ChunkSamples().decode(encoding, bytes, 0, bytes.length);
      assertThat(decoded.count()).isNotNegative();
    } catch (CorruptDataException expected) {
      assertThat(expected.getMessage()).containsAnyOf("chunk", "encoding");
    }
  }

  private static List<Chunk> write(Sample... samples) {
    List<Chunk> chunks = new ArrayList<>();
    ChunkAppender appender = new ChunkAppender(300);
    for (Sample sample : samples) {
      if (!append(appender, sample)) {
        chunks.add(new Chunk(appender.encoding(), appender.cut()));
        assertThat(append(appender, sample)).isTrue();
      }
      assertThat(appender.maxTimeMs()).isEqualTo(sample.timestampMs);
    }
    if (appender.sampleCount() > 0) {
      byte[] copy = new byte[appender.lengthBytes()];
      appender.copyTo(copy, 0);
      int encoding = appender.encoding();
      assertThat(appender.cut()).isEqualTo(copy);
      chunks.add(new Chunk(encoding, copy));
    }
    return chunks;
  }

  private static boolean append(ChunkAppender appender, Sample sample) {
    return appender.append(
        sample.timestampMs,
        Double.longBitsToDouble(sample.valueBits),
        sample.histogram,
        sample.startMs);
  }

  private static List<Sample> stream(Random random) {
    List<Sample> samples = new ArrayList<>();
    long timestampMs = random.nextInt(10) == 0 ? random.nextLong() >> 1 : random.nextInt();
    long startMs = random.nextBoolean() ? 0 : timestampMs - random.nextInt(100_000);
    double value = random.nextInt(1000);
    int change = 1 + random.nextInt(200);
    long count = 1;
    int histograms = random.nextInt(3);
    for (int i = random.nextInt(400); i > 0; i--) {
      timestampMs +=
          switch (random.nextInt(12)) {
            case 0 -> 1 + random.nextInt(4096);
            case 1 -> 1 + random.nextInt(1 << 22);
            case 2 -> 1 + random.nextLong(1L << 40);
            default -> 15_000;
          };
      if (random.nextInt(change) == 0) {
        startMs =
            switch (random.nextInt(5)) {
              case 0 -> 0;
              case 1 -> random.nextLong();
              default -> timestampMs - random.nextInt(30_000);
            };
      }
      value +=
          switch (random.nextInt(6)) {
            case 0 -> random.nextGaussian();
            case 1 -> random.nextInt(100);
            default -> 0;
          };
      if (histograms == 2 || histograms == 1 && random.nextInt(5) == 0) {
        count += random.nextInt(5);
        NativeHistogram histogram =
            random.nextInt(20) == 0
                ? NativeHistogram.stale(false)
                : counter(ResetHint.UNKNOWN, count);
        samples.add(Sample.of(timestampMs, histogram, startMs));
      } else {
        samples.add(Sample.of(timestampMs, random.nextInt(20) == 0 ? STALE : value, startMs));
      }
    }
    return samples;
  }

  private static NativeHistogram counter(ResetHint hint, long count) {
    return new NativeHistogram(
        hint,
        false,
        1,
        0.5,
        count,
        count,
        count * 1.5,
        new int[0],
        new long[0],
        new int[0],
        new long[0],
        new double[0]);
  }
}
