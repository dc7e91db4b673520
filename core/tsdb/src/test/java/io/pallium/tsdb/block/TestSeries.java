package io.pallium.tsdb.block;

import io.pallium.chunk.ChunkEncoding;
import io.pallium.chunk.HistogramWriter;
import io.pallium.chunk.XorWriter;
import io.pallium.model.Labels;
import io.pallium.model.NativeHistogram;
import io.pallium.storage.QueryControl;
import io.pallium.storage.SampleColumn;
import io.pallium.storage.SampleCursor;
import io.pallium.storage.SeriesSet;
import io.pallium.tsdb.file.DurableFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Random series for tests, and a block made of them.
public final class TestSeries {
  public static final int SAMPLES_PER_CHUNK = 120;

  public record Sample(long timestampMs, double value, @Nullable NativeHistogram histogram) {
    public long valueBits() {
      return Double.doubleToRawLongBits(value);
    }
  }

  public static final Comparator<String> BYTE_ORDER =
      (a, b) ->
          Arrays.compareUnsigned(
              a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));

  private TestSeries() {}

  /// All samples of a set, in the order in which it gives the series.
  public static Map<Labels, List<Sample>> read(SeriesSet set, QueryControl control) {
    Map<Labels, List<Sample>> all = new LinkedHashMap<>();
    while (set.next()) {
      SampleColumn column = new SampleColumn(control);
      SampleCursor cursor = set.samples();
      List<Sample> samples = new ArrayList<>();
      while (cursor.nextRun(column)) {
        for (int i = 0; i < column.size(); i++) {
          samples.add(
              new Sample(column.timestampsMs()[i], column.values()[i], column.histogram(i)));
        }
        column.clear();
      }
      column.release();
      // A series of a chunk that reaches into the range, without a sample in it, is allowed.
      if (!samples.isEmpty()) {
        all.put(set.labels(), samples);
      }
    }
    return all;
  }

  public static TreeMap<Labels, List<Sample>> random(
      Random random, int series, boolean withHistograms) {
    TreeMap<Labels, List<Sample>> all = new TreeMap<>();
    for (int i = 0; i < series; i++) {
      Labels labels = labels(random);
      all.put(
          labels,
          withHistograms && random.nextInt(4) == 0
              ? histograms(random)
              : floats(random, random.nextInt(1, 400)));
    }
    return all;
  }

  public static Labels labels(Random random) {
    Map<String, String> labels = new TreeMap<>();
    labels.put(Labels.METRIC_NAME, "metric_" + random.nextInt(5));
    String[] values = {
      "a", "b", "bb", "c\"\\\n", "é", "\ud83d\ude00", "\uffee", "zone-" + random.nextInt(50)
    };
    for (String name : new String[] {"instance", "job", "mode", "österreich"}) {
      if (random.nextInt(3) > 0) {
        labels.put(name, values[random.nextInt(values.length)]);
      }
    }
    labels.put("id", Integer.toString(random.nextInt(1000)));
    return Labels.of(labels);
  }

  public static List<Sample> floats(Random random, int count) {
    List<Sample> samples = new ArrayList<>();
    long timestampMs = 1_700_000_000_000L + random.nextInt(3_600_000);
    double value = random.nextInt(1000);
    for (int i = 0; i < count; i++) {
      timestampMs += 15_000 + (random.nextInt(5) == 0 ? random.nextInt(100) : 0);
      value = random.nextInt(3) == 0 ? random.nextGaussian() : value + random.nextInt(10);
      samples.add(new Sample(timestampMs, random.nextInt(50) == 0 ? Double.NaN : value, null));
    }
    return samples;
  }

  private static List<Sample> histograms(Random random) {
    List<Sample> samples = new ArrayList<>();
    boolean isFloat = random.nextBoolean();
    long timestampMs = 1_700_000_000_000L + random.nextInt(3_600_000);
    long[] buckets = new long[4];
    int count = random.nextInt(1, 300);
    for (int i = 0; i < count; i++) {
      timestampMs += 15_000;
      if (random.nextInt(40) == 0) {
        samples.add(new Sample(timestampMs, 0, NativeHistogram.stale(isFloat)));
        continue;
      }
      long sum = 0;
      long[] encoded = new long[4];
      for (int k = 0; k < 4; k++) {
        buckets[k] += random.nextInt(5);
        sum += buckets[k];
        encoded[k] =
            isFloat
                ? Double.doubleToRawLongBits(buckets[k])
                : buckets[k] - (k == 0 ? 0 : buckets[k - 1]);
      }
      samples.add(
          new Sample(
              timestampMs,
              0,
              new NativeHistogram(
                  NativeHistogram.ResetHint.UNKNOWN,
                  isFloat,
                  2,
                  0.001,
                  0,
                  isFloat ? Double.doubleToRawLongBits(sum) : sum,
                  sum * 1.25,
                  new int[] {1, 2, 1, 2},
                  encoded,
                  new int[0],
                  new long[0],
                  new double[0])));
    }
    return samples;
  }

  /// Writes a block of all series.
  public static BlockMeta write(
      DurableFiles files,
      Path parent,
      String ulid,
      TreeMap<Labels, List<Sample>> all,
      long maxSegmentBytes) {
    try (BlockWriter writer =
        new BlockWriter(files, parent, ulid, BlockLineage.original(ulid), maxSegmentBytes)) {
      for (Map.Entry<Labels, List<Sample>> series : all.entrySet()) {
        writer.addSeries(series.getKey());
        List<Sample> samples = series.getValue();
        if (samples.get(0).histogram == null) {
          addFloats(writer, samples);
        } else {
          addHistograms(writer, samples);
        }
      }
      return writer.finish().orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void addFloats(BlockWriter writer, List<Sample> samples) throws IOException {
    XorWriter xor = new XorWriter();
    for (int from = 0; from < samples.size(); from += SAMPLES_PER_CHUNK) {
      List<Sample> part = samples.subList(from, Math.min(from + SAMPLES_PER_CHUNK, samples.size()));
      xor.reset();
      part.forEach(sample -> xor.append(sample.timestampMs, sample.value));
      byte[] bytes = xor.toBytes();
      writer.addChunk(
          ChunkEncoding.XOR,
          part.getFirst().timestampMs,
          part.getLast().timestampMs,
          bytes,
          0,
          bytes.length);
    }
  }

  private static void addHistograms(BlockWriter writer, List<Sample> samples) throws IOException {
    HistogramWriter chunk = new HistogramWriter();
    long firstMs = 0;
    long lastMs = 0;
    for (Sample sample : samples) {
      NativeHistogram histogram = Objects.requireNonNull(sample.histogram);
      if (chunk.sampleCount() == SAMPLES_PER_CHUNK
          || !chunk.append(sample.timestampMs, histogram, 0)) {
        addHistogramChunk(writer, chunk, firstMs, lastMs);
        chunk.append(sample.timestampMs, histogram, 0);
      }
      if (chunk.sampleCount() == 1) {
        firstMs = sample.timestampMs;
      }
      lastMs = sample.timestampMs;
    }
    addHistogramChunk(writer, chunk, firstMs, lastMs);
  }

  private static void addHistogramChunk(
      BlockWriter writer, HistogramWriter chunk, long firstMs, long lastMs) throws IOException {
    int encoding = chunk.encoding();
    byte[] bytes = chunk.cut();
    writer.addChunk(encoding, firstMs, lastMs, bytes, 0, bytes.length);
  }
}
