package io.pallium.tsdb.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pallium.base.CorruptDataException;
import io.pallium.chunk.ChunkEncoding;
import io.pallium.chunk.XorWriter;
import io.pallium.model.Labels;
import io.pallium.model.MetricMetadata;
import io.pallium.model.MetricType;
import io.pallium.model.NativeHistogram;
import io.pallium.model.NativeHistogram.ResetHint;
import io.pallium.tsdb.log.RecordedLog.Batch;
import io.pallium.tsdb.log.RecordedLog.Entry;
import io.pallium.tsdb.log.RecordedLog.Exemplar;
import io.pallium.tsdb.log.RecordedLog.Histogram;
import io.pallium.tsdb.log.RecordedLog.Item;
import io.pallium.tsdb.log.RecordedLog.Metadata;
import io.pallium.tsdb.log.RecordedLog.OutOfOrderHistogram;
import io.pallium.tsdb.log.RecordedLog.OutOfOrderSample;
import io.pallium.tsdb.log.RecordedLog.Sample;
import io.pallium.tsdb.log.RecordedLog.Series;
import io.pallium.tsdb.log.RecordedLog.Tenant;
import io.pallium.tsdb.log.RecordedLog.TenantDeleted;
import io.pallium.tsdb.log.RecordedLog.Tombstone;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import org.junit.jupiter.api.Test;

class LogRecordTest {
  private static final int SALT = 0x01020304;
  private static final NativeHistogram INTEGER_HISTOGRAM =
      new NativeHistogram(
          ResetHint.YES,
          false,
          3,
          0.001,
          2,
          9,
          18.5,
          new int[] {-2, 2, 1, 1},
          new long[] {1, 2, -1},
          new int[] {0, 1},
          new long[] {1},
          new double[0]);
  private static final NativeHistogram FLOAT_HISTOGRAM =
      new NativeHistogram(
          ResetHint.GAUGE,
          true,
          NativeHistogram.CUSTOM_BUCKETS_SCHEMA,
          0,
          Double.doubleToRawLongBits(0),
          Double.doubleToRawLongBits(1.5),
          3,
          new int[] {0, 2},
          new long[] {Double.doubleToRawLongBits(0.5), Double.doubleToRawLongBits(1)},
          new int[0],
          new long[0],
          new double[] {0.5, 1});

  /// The examples of the format's page, by their names there.
  private static Map<String, LogRecordWriter> examples() {
    Map<String, LogRecordWriter> examples = new LinkedHashMap<>();
    examples.put("tenant", encode(new Tenant(1, 2, "anonymous")));
    examples.put("tenant deleted", encode(new TenantDeleted(1)));
    examples.put("checkpoint start", new LogRecordWriter().checkpointStart(300, 2).finish());
    LogSegment segment = new LogSegment(7, 4096);
    segment.addTimes(1, 1000, 2000);
    examples.put("checkpoint segment", new LogRecordWriter().checkpointSegment(segment).finish());
    LogRecordWriter chunks = new LogRecordWriter().beginBatch(1);
    XorWriter open = new XorWriter();
    open.append(3000, 1);
    long file = 1L << 32;
    chunks.chunks(
        7,
        new SeriesChunks(
            new long[] {file + 400, file + 24, file + 200},
            new long[] {2000, 1000, 900},
            2,
            ChunkEncoding.XOR,
            open.toBytes()));
    examples.put("where samples are", chunks.finish());
    examples.put("checkpoint end", new LogRecordWriter().checkpointEnd(5).finish());
    examples.put(
        "series and samples",
        encode(
            new Batch(
                1,
                List.of(
                    new Series(7, Labels.of("__name__", "up")),
                    RecordedLog.sampleOf(7, 1_700_000_000_000L, 1),
                    RecordedLog.sampleOf(8, 1_700_000_000_000L, 1000),
                    RecordedLog.sampleOf(10, 1_700_000_000_001L, 0.1)))));
    examples.put(
        "histograms",
        encode(
            new Batch(
                1,
                List.of(
                    new Histogram(7, 1000, INTEGER_HISTOGRAM, 0),
                    new Histogram(7, 2000, FLOAT_HISTOGRAM, 0)))));
    examples.put(
        "samples and histograms out of order",
        encode(
            new Batch(
                1,
                List.of(
                    new OutOfOrderSample(7, 1000, Double.doubleToRawLongBits(0.5), 0),
                    new OutOfOrderSample(7, 900, Double.doubleToRawLongBits(1), 0),
                    new OutOfOrderHistogram(8, 800, INTEGER_HISTOGRAM, 0)))));
    examples.put(
        "start timestamps",
        encode(
            new Batch(
                1,
                List.of(
                    RecordedLog.sampleOf(7, 1000, 1),
                    new Sample(8, 1000, Double.doubleToRawLongBits(1), 500),
                    new Sample(9, 1000, Double.doubleToRawLongBits(1), 500),
                    new Sample(10, 1000, Double.doubleToRawLongBits(1), 501)))));
    examples.put(
        "exemplars and metadata",
        encode(
            new Batch(
                1,
                List.of(
                    new Exemplar(
                        7, 1000, Double.doubleToRawLongBits(0.5), Labels.of("trace_id", "a")),
                    new Metadata(new MetricMetadata("up", MetricType.GAUGE, "Whether.", ""))))));
    examples.put(
        "tombstones",
        encode(new Batch(1, List.of(new Tombstone(7, 1000, 2000), new Tombstone(9, -500, -500)))));
    return examples;
  }

  private static LogRecordWriter encode(Entry entry) {
    return RecordedLog.encode(new LogRecordWriter(), entry);
  }

  /// The record as it would stand at a position.
  private static byte[] masked(LogRecordWriter record, long position) {
    byte[] bytes = Arrays.copyOf(record.recordBytes(), record.recordLength());
    int check = (int) LogLayout.INT_LE.get(bytes, LogLayout.RECORD_CHECK);
    LogLayout.INT_LE.set(bytes, LogLayout.RECORD_CHECK, check ^ LogLayout.mask(SALT, position));
    return bytes;
  }

  private static List<Entry> decode(LogRecordWriter record) {
    RecordedLog seen = new RecordedLog();
    byte[] bytes = record.recordBytes();
    // At the end of an array of its exact size, so that reading beyond would be seen.
    byte[] exact = Arrays.copyOf(bytes, record.recordLength());
    new LogRecordReader()
        .read(
            exact[LogLayout.RECORD_TYPE],
            exact[LogLayout.RECORD_FLAGS],
            exact,
            LogLayout.RECORD_HEADER,
            exact.length - LogLayout.RECORD_HEADER,
            0,
            seen);
    return seen.entries;
  }

  @Test
  void everyExampleOfTheFormatsPageIsWhatIsWritten() throws IOException {
    Map<String, String> written = new LinkedHashMap<>();
    examples()
        .forEach(
            (name, record) -> written.put(name, HexFormat.of().formatHex(masked(record, 4096))));
    written.put(
        "file header",
        HexFormat.of()
            .formatHex(
                LogLayout.fileHeader(LogLayout.KIND_SEGMENT, 7, 4096, SALT),
                0,
                LogLayout.FILE_HEADER_LENGTH));

    assertThat(documentedExamples()).isEqualTo(written);
  }

  private static Map<String, String> documentedExamples() throws IOException {
    String page =
        Files.readString(
            Path.of(System.getProperty("pallium.root", "../.."), "docs", "formats", "wal.md"));
    Map<String, String> examples = new LinkedHashMap<>();
    Matcher matcher = Pattern.compile("(?m)^# ([a-z ]+)\\n((?:[0-9a-f ]+\\n)+)").matcher(page);
    while (matcher.find()) {
      examples.put(matcher.group(1), matcher.group(2).replaceAll("\\s", ""));
    }
    return examples;
  }

  @Property(tries = 500)
  void decodesWhatItEncodes(@ForAll("entries") Entry entry) {
    assertThat(decode(encode(entry))).containsExactly(entry);
  }

  @Test
  void aScrapeIsCompressed() {
    LogRecordWriter record = encode(scrape());

    assertThat(record.recordBytes()[LogLayout.RECORD_FLAGS]).isEqualTo((byte) LogLayout.LZ4);
    assertThat(record.recordLength()).isLessThan(3 * 1000);
    assertThat(decode(record)).containsExactly(scrape());
  }

  @Test
  void aCompressedRecordWithAWrongByteIsReadOrRefused() {
    LogRecordWriter record = encode(scrape());
    int refused = 0;
    for (int at = LogLayout.RECORD_HEADER; at < record.recordLength(); at++) {
      record.recordBytes()[at] ^= 0x55;
      try {
        assertThat(decode(record)).isNotEmpty();
      } catch (CorruptDataException e) {
        refused++;
      }
      record.recordBytes()[at] ^= 0x55;
    }

    assertThat(refused).isPositive();
    assertThat(decode(record)).containsExactly(scrape());
  }

  private static Batch scrape() {
    List<Item> samples = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      samples.add(RecordedLog.sampleOf(1 + i, 1_700_000_000_000L, 1000.0 + 37 * (i % 20)));
    }
    return new Batch(1, samples);
  }

  @Test
  void aBatchThatDoesNotDecodeToItsEndEndsAllTheSame() {
    LogRecordWriter record = encode(SimulatedLog.batch(1, 2, 3));
    RecordedLog seen = new RecordedLog();
    int length = record.recordLength() - LogLayout.RECORD_HEADER;
    LogRecordReader reader = new LogRecordReader();

    assertThatThrownBy(
            () ->
                reader.read(
                    LogLayout.BATCH,
                    0,
                    record.recordBytes(),
                    LogLayout.RECORD_HEADER,
                    length - 1,
                    0,
                    seen))
        .isInstanceOf(CorruptDataException.class);

    // The visitor may take the next batch.
    reader.read(LogLayout.BATCH, 0, record.recordBytes(), LogLayout.RECORD_HEADER, length, 0, seen);
    assertThat(seen.entries.getLast()).isEqualTo(SimulatedLog.batch(1, 2, 3));
  }

  @Property(tries = 200)
  void aReusedWriterWritesTheSameAsANewOne(
      @ForAll("entries") Entry first, @ForAll("entries") Entry second) {
    LogRecordWriter reused = new LogRecordWriter();
    RecordedLog.encode(reused, first);
    RecordedLog.encode(reused, second);

    assertThat(masked(reused, 1)).isEqualTo(masked(encode(second), 1));
  }

  @Property(tries = 200)
  void reservesAtLeastWhatARecordTakes(@ForAll("entries") Entry entry) {
    LogRecordWriter record = encode(entry);

    assertThat(record.sizeBytes()).isGreaterThanOrEqualTo(record.recordLength());
    if (entry instanceof Batch batch
        && batch.items().stream().allMatch(i -> i instanceof Sample || i instanceof Series)) {
      long samples = batch.items().stream().filter(Sample.class::isInstance).count();
      long series = batch.items().size() - samples;
      long labels =
          batch.items().stream()
              .mapToLong(i -> i instanceof Series s ? s.labels().bytes().length : 0)
              .sum();
      long starts = samples * LogRecordWriter.MAX_START_BYTES;
      assertThat(LogRecordWriter.maxSizeBytes(series, samples, labels + starts))
          .isGreaterThanOrEqualTo(record.recordLength());
    }
  }

  @Test
  void knowsTheTimesAndRefsOfItsSamples() {
    LogRecordWriter record =
        encode(
            new Batch(
                3,
                List.of(
                    RecordedLog.sampleOf(5, 0, 1),
                    RecordedLog.sampleOf(9, 0, 1),
                    RecordedLog.sampleOf(9, -50, 1),
                    new Histogram(2, 70, INTEGER_HISTOGRAM, 0))));

    assertThat(record.minTimeMs()).isEqualTo(-50);
    assertThat(record.maxTimeMs()).isEqualTo(70);
    assertThat(record.maxRef()).isEqualTo(9);
    assertThat(record.tenantNumber()).isEqualTo(3);
  }

  @Test
  void startTimestampsOfSamplesThatAreNotThereAreDamage() {
    LogRecordWriter record =
        encode(new Batch(1, List.of(new Sample(8, 1000, 0, 500), new Sample(9, 1000, 0, 500))));
    byte[] bytes = Arrays.copyOf(record.recordBytes(), record.recordLength());
    // Header, tenant, section, its length, runs, gap: then the number of samples of the run.
    int at = LogLayout.RECORD_HEADER + 5;
    assertThat(bytes[at]).isEqualTo((byte) 2);
    bytes[at] = 3;

    assertThatThrownBy(
            () ->
                new LogRecordReader()
                    .read(
                        LogLayout.BATCH,
                        0,
                        bytes,
                        LogLayout.RECORD_HEADER,
                        bytes.length - LogLayout.RECORD_HEADER,
                        0,
                        new RecordedLog()))
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining("start timestamps");
  }

  @Test
  void startTimestampsOfOneProcessTakeNoBytesPerSample() {
    LogRecordWriter record = new LogRecordWriter().beginBatch(1);
    for (int i = 0; i < 1000; i++) {
      record.sample(100 + i, 1_700_000_000_000L, Double.doubleToRawLongBits(10_000 + 37 * i));
      record.start(1_600_000_000_000L);
    }

    assertThat(record.finish().recordLength()).isLessThan(4000);
  }

  @Test
  void aScrapeOfCountersTakesFewBytesPerSample() {
    LogRecordWriter record = new LogRecordWriter().beginBatch(1);
    for (int i = 0; i < 1000; i++) {
      record.sample(100 + i, 1_700_000_000_000L, Double.doubleToRawLongBits(10_000 + 37 * i));
    }

    assertThat(record.finish().recordLength()).isLessThan(4000);
  }

  @Provide
  Arbitrary<Entry> entries() {
    Arbitrary<Long> refs =
        Arbitraries.oneOf(
            Arbitraries.longs().between(1, 300), Arbitraries.longs().between(1, Long.MAX_VALUE));
    Arbitrary<Long> times =
        Arbitraries.oneOf(
            Arbitraries.longs().between(1000, 1005),
            Arbitraries.longs(),
            Arbitraries.of(0L, Long.MIN_VALUE, Long.MAX_VALUE));
    Arbitrary<Long> bits =
        Arbitraries.oneOf(
            Arbitraries.longs(),
            Arbitraries.longs()
                .between(-(1L << 58), 1L << 58)
                .map(n -> Double.doubleToRawLongBits((double) n)),
            Arbitraries.integers().map(n -> Double.doubleToRawLongBits(n / 8.0)),
            Arbitraries.of(0L, Long.MIN_VALUE, 0x7ff0000000000002L, 0x7ff8000000000001L));
    Arbitrary<Labels> labels =
        Arbitraries.maps(
                Arbitraries.strings().ofMaxLength(5), Arbitraries.strings().ofMaxLength(20))
            .ofMaxSize(4)
            .map(Labels::of);
    Arbitrary<String> texts = Arbitraries.strings().all().ofMaxLength(20).map(LogRecordTest::utf8);
    Arbitrary<Long> starts =
        Arbitraries.frequencyOf(
            Tuple.of(4, Arbitraries.just(0L)),
            Tuple.of(4, Arbitraries.longs().between(900, 901)),
            Tuple.of(1, times));
    Arbitrary<Item> samples = Combinators.combine(refs, times, bits, starts).as(Sample::new);
    Arbitrary<Item> others =
        Arbitraries.oneOf(
            Combinators.combine(refs, labels).as(Series::new),
            Combinators.combine(refs, times, histograms(), starts).as(Histogram::new),
            Combinators.combine(refs, times, bits, starts).as(OutOfOrderSample::new),
            Combinators.combine(refs, times, histograms(), starts).as(OutOfOrderHistogram::new),
            Combinators.combine(refs, times, bits, labels).as(Exemplar::new),
            Combinators.combine(texts, Arbitraries.of(MetricType.class), texts, texts)
                .as(MetricMetadata::new)
                .map(Metadata::new),
            Combinators.combine(
                    refs,
                    Arbitraries.longs().between(-(1L << 40), 1L << 40),
                    Arbitraries.longs().between(0, 1L << 40))
                .as((ref, from, length) -> new Tombstone(ref, from, from + length)));
    Arbitrary<Entry> batches =
        Combinators.combine(
                Arbitraries.longs().between(1, Long.MAX_VALUE),
                Arbitraries.frequencyOf(Tuple.of(4, samples), Tuple.of(1, others))
                    .list()
                    .ofMaxSize(60))
            .as((tenant, items) -> new Batch(tenant, inSections(items)));
    return Arbitraries.frequencyOf(
        Tuple.of(8, batches),
        Tuple.of(1, Combinators.combine(refs, Arbitraries.longs(), texts).as(Tenant::new)),
        Tuple.of(1, refs.map(TenantDeleted::new)));
  }

  /// Strings with half surrogate pairs have no UTF-8 form.
  private static String utf8(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
  }

  /// A record keeps the order within each section only.
  private static List<Item> inSections(List<Item> items) {
    List<Item> sorted = new ArrayList<>(items);
    sorted.sort(
        Comparator.comparingInt(
            item ->
                switch (item) {
                  case Series _ -> 1;
                  case Sample _ -> 2;
                  case Histogram _ -> 3;
                  case OutOfOrderSample _ -> 4;
                  case OutOfOrderHistogram _ -> 5;
                  case Exemplar _ -> 6;
                  case Metadata _ -> 7;
                  case Tombstone _ -> 8;
                }));
    return List.copyOf(sorted);
  }

  private static Arbitrary<NativeHistogram> histograms() {
    Arbitrary<int[]> spans =
        Arbitraries.integers().array(int[].class).ofMaxSize(4).filter(s -> s.length % 2 == 0);
    Arbitrary<long[]> buckets = Arbitraries.longs().array(long[].class).ofMaxSize(6);
    Arbitrary<double[]> bounds = Arbitraries.doubles().array(double[].class).ofMaxSize(3);
    return Combinators.combine(
            Arbitraries.of(ResetHint.class),
            Arbitraries.of(true, false),
            Arbitraries.integers(),
            Arbitraries.longs(),
            spans,
            buckets,
            bounds)
        .as(
            (hint, isFloat, schema, count, shape, counts, custom) ->
                new NativeHistogram(
                    hint,
                    isFloat,
                    schema,
                    Double.longBitsToDouble(~count),
                    count,
                    count ^ 1,
                    Double.longBitsToDouble(count),
                    shape,
                    counts,
                    shape,
                    counts,
                    custom));
  }
}
