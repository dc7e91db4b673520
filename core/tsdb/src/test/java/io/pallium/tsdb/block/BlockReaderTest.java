package io.pallium.tsdb.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pallium.base.CorruptDataException;
import io.pallium.base.UnavailableException;
import io.pallium.model.LabelMatcher;
import io.pallium.model.Labels;
import io.pallium.storage.Querier;
import io.pallium.storage.QueryControl;
import io.pallium.storage.SampleColumn;
import io.pallium.storage.SampleCursor;
import io.pallium.storage.SelectHints;
import io.pallium.storage.SeriesSet;
import io.pallium.tsdb.block.TestSeries.Sample;
import io.pallium.tsdb.file.LocalDurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterTry;
import net.jqwik.api.lifecycle.BeforeTry;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BlockReaderTest {
  private static final int FLIPS = Boolean.getBoolean("pallium.long") ? 300 : 60;

  private static final String ULID = "01J0000000000000000000TEST";

  private final LocalDurableFiles files = new LocalDurableFiles();
  private final QueryControl control = QueryControl.unlimited();
  private @Nullable Path created;

  @BeforeEach
  @BeforeTry
  void createDirectory() throws IOException {
    created = Files.createTempDirectory("block");
  }

  @AfterEach
  @AfterTry
  void deleteDirectory() throws IOException {
    files.delete(directory());
  }

  private Path directory() {
    return Objects.requireNonNull(created);
  }

  @Property(tries = 60)
  void whatIsWrittenIsRead(@ForAll long seed) throws IOException {
    Random random = new Random(seed);
    TreeMap<Labels, List<Sample>> all = TestSeries.random(random, random.nextInt(1, 80), true);
    BlockMeta meta =
        TestSeries.write(
            files,
            directory(),
            ULID,
            all,
            random.nextBoolean() ? 2000 : BlockLayout.MAX_SEGMENT_BYTES);

    try (BlockReader block = BlockReader.open(files, directory().resolve(ULID))) {
      assertThat(block.meta()).isEqualTo(meta);
      assertSame(read(block, Long.MIN_VALUE, Long.MAX_VALUE), all);
      assertThat(meta.stats().series()).isEqualTo(all.size());
      assertThat(meta.stats().samples())
          .isEqualTo(all.values().stream().mapToLong(List::size).sum());
      long fromMs = meta.minTimeMs() + random.nextLong(meta.maxTimeMs() - meta.minTimeMs());
      long toMs = fromMs + random.nextLong(1_000_000);
      assertSame(read(block, fromMs, toMs), within(all, fromMs, toMs));
    }
  }

  @Property(tries = 30)
  void whatIsMappedIsWhatIsReadByRange(@ForAll long seed) throws IOException {
    Random random = new Random(seed);
    TreeMap<Labels, List<Sample>> all = TestSeries.random(random, random.nextInt(1, 80), true);
    TestSeries.write(
        files, directory(), ULID, all, random.nextBoolean() ? 2000 : BlockLayout.MAX_SEGMENT_BYTES);

    RangedFiles ranged = new RangedFiles(directory().resolve(ULID), random.nextInt(1, 2000));
    try (BlockReader mapped = BlockReader.open(files, directory().resolve(ULID));
        BlockReader block = BlockReader.open(ranged)) {
      assertThat(block.meta()).isEqualTo(mapped.meta());
      assertThat(block.lengthBytes()).isEqualTo(mapped.lengthBytes());
      assertSame(read(block, Long.MIN_VALUE, Long.MAX_VALUE), all);
      List<LabelMatcher> matchers = matchers(random);
      try (Querier expected = mapped.querier(0, Long.MAX_VALUE, control);
          Querier querier = block.querier(0, Long.MAX_VALUE, control)) {
        assertThat(querier.labelNames(matchers, 0)).isEqualTo(expected.labelNames(matchers, 0));
        assertThat(querier.labelValues("instance", matchers, 0))
            .isEqualTo(expected.labelValues("instance", matchers, 0));
        assertThat(querier.labelNames(List.of(), 0)).isEqualTo(expected.labelNames(List.of(), 0));
        assertThat(querier.labelValues("id", List.of(), 0))
            .isEqualTo(expected.labelValues("id", List.of(), 0));
      }
    }
  }

  @Test
  void readingAheadReadsNeighboursOnce() throws IOException {
    TreeMap<Labels, List<Sample>> all = TestSeries.random(new Random(6), 200, true);
    TestSeries.write(files, directory(), ULID, all, BlockLayout.MAX_SEGMENT_BYTES);

    RangedFiles ranged = new RangedFiles(directory().resolve(ULID), 1 << 20);
    try (BlockReader block = BlockReader.open(ranged)) {
      long opening = ranged.reads.get();
      try (Querier querier = block.querier(Long.MIN_VALUE, Long.MAX_VALUE, control)) {
        SeriesSet set =
            querier.select(SelectHints.sorted(Long.MIN_VALUE, Long.MAX_VALUE), List.of());
        while (set.next()) {
          set.labels();
        }
      }
      // The list of all series, and all series.
      assertThat(ranged.reads.get() - opening).isLessThanOrEqualTo(4);
    }
  }

  @Property(tries = 60)
  void matchersFindWhatFilteringFinds(@ForAll long seed) throws IOException {
    Random random = new Random(seed);
    TreeMap<Labels, List<Sample>> all = TestSeries.random(random, random.nextInt(1, 120), false);
    TestSeries.write(files, directory(), ULID, all, BlockLayout.MAX_SEGMENT_BYTES);

    try (BlockReader block = BlockReader.open(files, directory().resolve(ULID));
        Querier querier = block.querier(0, Long.MAX_VALUE, control)) {
      for (int i = 0; i < 20; i++) {
        List<LabelMatcher> matchers = matchers(random);
        List<Labels> expected =
            all.keySet().stream().filter(labels -> matches(labels, matchers)).toList();
        List<Labels> found = new ArrayList<>();
        SeriesSet set = querier.select(SelectHints.seriesOnly(0, Long.MAX_VALUE), matchers);
        while (set.next()) {
          found.add(set.labels());
        }
        assertThat(found).as(matchers.toString()).isEqualTo(expected);

        TreeSet<String> names = new TreeSet<>();
        TreeSet<String> values = new TreeSet<>(TestSeries.BYTE_ORDER);
        for (Labels labels : expected) {
          names.addAll(labels.toMap().keySet());
          String value = labels.get("instance");
          if (value != null) {
            values.add(value);
          }
        }
        assertThat(querier.labelNames(matchers, 0))
            .as(matchers.toString())
            .containsExactlyElementsOf(names);
        assertThat(querier.labelValues("instance", matchers, 0))
            .as(matchers.toString())
            .containsExactlyElementsOf(values);
        assertThat(querier.labelValues("instance", matchers, 2))
            .containsExactlyElementsOf(values.stream().limit(2).toList());
        assertThat(querier.labelValues("absent", matchers, 0)).isEmpty();
      }
    }
    assertThat(control.budget().reservedBytes()).isZero();
  }

  @Test
  void skipToLeavesOutWhatIsBefore() throws IOException {
    TreeMap<Labels, List<Sample>> all = new TreeMap<>();
    List<Sample> samples = TestSeries.floats(new Random(3), 1000);
    all.put(Labels.of("a", "b"), samples);
    TestSeries.write(files, directory(), ULID, all, BlockLayout.MAX_SEGMENT_BYTES);

    try (BlockReader block = BlockReader.open(files, directory().resolve(ULID));
        Querier querier = block.querier(0, Long.MAX_VALUE, control)) {
      SeriesSet set = querier.select(SelectHints.sorted(0, Long.MAX_VALUE), List.of());
      assertThat(set.next()).isTrue();
      SampleCursor cursor = set.samples();
      cursor.skipTo(samples.get(777).timestampMs());
      SampleColumn column = new SampleColumn(control);
      assertThat(cursor.nextRun(column)).isTrue();

      assertThat(column.timestampsMs()[0]).isEqualTo(samples.get(777).timestampMs());
      assertThat(column.size()).isEqualTo(840 - 777);
    }
  }

  @Test
  void blockStaysReadableUntilItsLastQuerierIsClosed() throws IOException {
    TreeMap<Labels, List<Sample>> all = TestSeries.random(new Random(4), 20, true);
    TestSeries.write(files, directory(), ULID, all, BlockLayout.MAX_SEGMENT_BYTES);
    BlockReader block = BlockReader.open(files, directory().resolve(ULID));
    Querier querier = block.querier(0, Long.MAX_VALUE, control);
    SeriesSet set = querier.select(SelectHints.sorted(0, Long.MAX_VALUE), List.of());
    assertThat(set.next()).isTrue();

    block.close();

    assertThatThrownBy(() -> block.querier(0, 1, control))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("is closed");
    assertThat(set.samples().nextRun(new SampleColumn(control))).isTrue();
    SampleCursor late = set.samples();
    querier.close();
    assertThatThrownBy(() -> late.nextRun(new SampleColumn(control)))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void blocksOpenWhatIsWholeAndRemoveTheRest() throws IOException {
    TreeMap<Labels, List<Sample>> all = TestSeries.random(new Random(5), 20, true);
    TestSeries.write(files, directory(), ULID, all, BlockLayout.MAX_SEGMENT_BYTES);
    Path unfinished = directory().resolve("01J0000000000000000000TESX.tmp-for-creation");
    Files.createDirectories(unfinished.resolve("chunks"));
    Files.writeString(unfinished.resolve("chunks").resolve("000001"), "half");
    Files.createDirectories(directory().resolve("something-else"));

    try (Blocks blocks = Blocks.open(files, directory())) {
      assertThat(blocks.metas()).hasSize(1);
      assertThat(unfinished).doesNotExist();
      assertThat(directory().resolve("something-else")).exists();
      BlockMeta first = blocks.metas().getFirst();
      assertThat(blocks.queriers(first.maxTimeMs(), Long.MAX_VALUE, control)).isEmpty();

      String second = "01J0000000000000000000TES2";
      TestSeries.write(files, directory(), second, all, BlockLayout.MAX_SEGMENT_BYTES);
      blocks.add(second);
      assertThat(blocks.metas()).hasSize(2);
      List<Querier> queriers = blocks.queriers(0, Long.MAX_VALUE, control);
      // They overlap, so they are read as one, and each sample comes once.
      assertThat(queriers).hasSize(1);
      try (Querier both = queriers.getFirst()) {
        SeriesSet set = both.select(SelectHints.sorted(0, Long.MAX_VALUE), List.of());
        assertSame(TestSeries.read(set, control), all);
      }
    }
  }

  @Test
  void writerWithoutSamplesLeavesNothing() throws IOException {
    try (BlockWriter writer = new BlockWriter(files, directory(), ULID)) {
      writer.addSeries(Labels.of("a", "b"));
      assertThat(writer.finish()).isEmpty();
    }
    try (BlockWriter writer = new BlockWriter(files, directory(), ULID)) {
      writer.addSeries(Labels.of("a", "b"));
    }

    assertThat(files.list(directory())).isEmpty();
  }

  /// Flips each of many bits in each file: the block reads as it was or says that it is corrupt.
  @Property(tries = 3)
  void flippedBitsAreFoundOrHarmless(@ForAll long seed) throws IOException {
    Random random = new Random(seed);
    TreeMap<Labels, List<Sample>> all = TestSeries.random(random, 12, true);
    TestSeries.write(files, directory(), ULID, all, 2000);
    Path block = directory().resolve(ULID);
    List<Path> paths;
    try (Stream<Path> walk = Files.walk(block)) {
      paths = walk.filter(Files::isRegularFile).sorted().toList();
    }
    int corrupt = 0;
    for (Path path : paths) {
      byte[] bytes = Files.readAllBytes(path);
      for (int i = 0; i < FLIPS; i++) {
        byte[] changed = bytes.clone();
        if (i % 20 == 0) {
          changed = Arrays.copyOf(bytes, random.nextInt(bytes.length));
        } else {
          changed[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        }
        Files.write(path, changed);
        try (BlockReader reader = BlockReader.open(files, block)) {
          assertSame(read(reader, Long.MIN_VALUE, Long.MAX_VALUE), all);
          assertSame(read(reader, reader.meta().minTimeMs(), reader.meta().maxTimeMs() - 1), all);
        } catch (CorruptDataException expected) {
          assertThat(expected).hasMessageContaining(ULID);
          corrupt++;
        }
      }
      Files.write(path, bytes);
    }
    assertThat(corrupt).isGreaterThan(FLIPS * 5 / 6 * paths.size() / 2);
  }

  private Map<Labels, List<Sample>> read(BlockReader block, long minMs, long maxMs) {
    try (Querier querier = block.querier(minMs, maxMs, control)) {
      return TestSeries.read(querier.select(SelectHints.sorted(minMs, maxMs), List.of()), control);
    }
  }

  static void assertSame(Map<Labels, List<Sample>> found, TreeMap<Labels, List<Sample>> expected) {
    assertThat(found.keySet()).containsExactlyElementsOf(expected.keySet());
    found.forEach(
        (labels, samples) -> {
          List<Sample> wanted = Objects.requireNonNull(expected.get(labels));
          assertThat(samples).hasSameSizeAs(wanted);
          for (int i = 0; i < samples.size(); i++) {
            assertThat(samples.get(i).timestampMs()).isEqualTo(wanted.get(i).timestampMs());
            assertThat(samples.get(i).valueBits()).isEqualTo(wanted.get(i).valueBits());
            var histogram = samples.get(i).histogram();
            var wantedHistogram = wanted.get(i).histogram();
            assertThat(histogram == null).isEqualTo(wantedHistogram == null);
            if (histogram != null && wantedHistogram != null) {
              assertThat(histogram).isEqualTo(wantedHistogram.withResetHint(histogram.resetHint()));
            }
          }
        });
  }

  private static TreeMap<Labels, List<Sample>> within(
      TreeMap<Labels, List<Sample>> all, long fromMs, long toMs) {
    TreeMap<Labels, List<Sample>> some = new TreeMap<>();
    all.forEach(
        (labels, samples) -> {
          List<Sample> kept =
              samples.stream()
                  .filter(s -> s.timestampMs() >= fromMs && s.timestampMs() <= toMs)
                  .toList();
          if (!kept.isEmpty()) {
            some.put(labels, kept);
          }
        });
    return some;
  }

  private static boolean matches(Labels labels, List<LabelMatcher> matchers) {
    return matchers.stream()
        .allMatch(
            matcher -> {
              String value = labels.get(matcher.name());
              return matcher.matches(value == null ? "" : value);
            });
  }

  private static List<LabelMatcher> matchers(Random random) {
    String[] names = {Labels.METRIC_NAME, "instance", "job", "mode", "österreich", "id", "absent"};
    String[] values = {"", "a", "b", "é", "zone-7", "metric_1", "x"};
    String[] expressions = {
      "", ".*", ".+", "a|b", "a|", "zone-.*", "metric_[12]", "b{1,2}", "[a-z]", "é|\ud83d\ude00"
    };
    List<LabelMatcher> matchers = new ArrayList<>();
    int count = random.nextInt(1, 4);
    for (int i = 0; i < count; i++) {
      LabelMatcher.Type type = LabelMatcher.Type.values()[random.nextInt(4)];
      boolean isRegex = type == LabelMatcher.Type.REGEX || type == LabelMatcher.Type.NOT_REGEX;
      String[] pool = isRegex ? expressions : values;
      matchers.add(
          LabelMatcher.of(
              type, names[random.nextInt(names.length)], pool[random.nextInt(pool.length)]));
    }
    return matchers;
  }
}
