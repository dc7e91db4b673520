package io.pallium.tsdb.compact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pallium.model.Labels;
import io.pallium.model.NativeHistogram;
import io.pallium.storage.Querier;
import io.pallium.storage.QueryControl;
import io.pallium.storage.SelectHints;
import io.pallium.tsdb.block.BlockCheck;
import io.pallium.tsdb.block.BlockMeta;
import io.pallium.tsdb.block.BlockReader;
import io.pallium.tsdb.block.BlockScan;
import io.pallium.tsdb.block.Blocks;
import io.pallium.tsdb.block.TestSeries;
import io.pallium.tsdb.block.TestSeries.Sample;
import io.pallium.tsdb.block.Ulid;
import io.pallium.tsdb.file.DurableFiles;
import io.pallium.tsdb.file.SimulatedFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class BlockCompactorTest {
  private static final Path DIRECTORY = Path.of("blocks");
  private static final long SEGMENT_BYTES = 1 << 20;

  private final QueryControl control = QueryControl.unlimited();

  /// Compacts random blocks, whole and in shards: what is read after is what was read before.
  @Property(tries = 80)
  void compactedBlocksHoldWhatTheirSourcesHeld(@ForAll long seed) throws IOException {
    Random random = new Random(seed);
    SimulatedFiles files = new SimulatedFiles(seed);
    files.createDirectories(DIRECTORY);
    List<TreeMap<Labels, List<Sample>>> all = sources(random);
    for (TreeMap<Labels, List<Sample>> one : all) {
      TestSeries.write(files, DIRECTORY, ulid(random), one, SEGMENT_BYTES);
    }
    int shards = random.nextInt(1, 4);

    try (Blocks blocks = Blocks.open(files, DIRECTORY)) {
      Map<Labels, List<Sample>> before = read(blocks);
      List<String> names = blocks.metas().stream().map(BlockMeta::ulid).toList();
      List<BlockMeta> made = compact(files, random, blocks, shards);
      blocks.replace(names, made.stream().map(BlockMeta::ulid).toList());

      assertThat(read(blocks).keySet()).isEqualTo(before.keySet());
      read(blocks)
          .forEach(
              (labels, samples) -> assertSame(samples, Objects.requireNonNull(before.get(labels))));
      for (BlockReader block : blocks.readers()) {
        assertThat(BlockCheck.findings(block)).isEmpty();
        assertThat(block.meta().lineage().level()).isEqualTo(2);
        assertThat(block.meta().lineage().sources()).containsExactlyInAnyOrderElementsOf(names);
        assertThat(block.meta().lineage().siblings().size())
            .isEqualTo(made.size() == 1 ? 0 : made.size());
        assertShard(block, shards);
      }
    }
  }

  @Test
  void chunksThatMeetNoOthersAreCopied() throws IOException {
    SimulatedFiles files = new SimulatedFiles(1);
    files.createDirectories(DIRECTORY);
    Random random = new Random(1);
    TreeMap<Labels, List<Sample>> first = TestSeries.random(random, 20, true);
    TreeMap<Labels, List<Sample>> second = shifted(first, 100_000_000);
    TestSeries.write(files, DIRECTORY, ulid(random), first, SEGMENT_BYTES);
    TestSeries.write(files, DIRECTORY, ulid(random), second, SEGMENT_BYTES);
    // The same data once more: equal chunks become one.
    TestSeries.write(files, DIRECTORY, ulid(random), second, SEGMENT_BYTES);

    try (Blocks blocks = Blocks.open(files, DIRECTORY)) {
      List<byte[]> copied = new ArrayList<>();
      TreeMap<Labels, List<byte[]>> bySeries = new TreeMap<>();
      for (BlockReader block : blocks.readers().subList(0, 2)) {
        chunks(block)
            .forEach(
                (labels, chunks) ->
                    bySeries.computeIfAbsent(labels, _ -> new ArrayList<>()).addAll(chunks));
      }
      bySeries.values().forEach(copied::addAll);
      List<BlockMeta> made = compact(files, random, blocks, 1);
      blocks.replace(
          blocks.metas().stream().map(BlockMeta::ulid).toList(), List.of(made.getFirst().ulid()));

      List<byte[]> found = new ArrayList<>();
      chunks(blocks.readers().getFirst()).values().forEach(found::addAll);
      assertThat(found).hasSameSizeAs(copied);
      for (int i = 0; i < found.size(); i++) {
        assertThat(found.get(i)).isEqualTo(copied.get(i));
      }
    }
  }

  @Test
  void failureLeavesEverythingAsItWas() throws IOException {
    SimulatedFiles files = new SimulatedFiles(1);
    files.createDirectories(DIRECTORY);
    Random random = new Random(2);
    TestSeries.write(
        files, DIRECTORY, ulid(random), TestSeries.random(random, 50, true), SEGMENT_BYTES);
    TestSeries.write(
        files, DIRECTORY, ulid(random), TestSeries.random(random, 50, true), SEGMENT_BYTES);
    List<String> before = files.list(DIRECTORY);

    try (Blocks blocks = Blocks.open(files, DIRECTORY)) {
      files.setFreeBytes(10_000);
      assertThatThrownBy(() -> compact(files, random, blocks, 3)).isInstanceOf(IOException.class);
      files.setFreeBytes(Long.MAX_VALUE);
      assertThat(files.list(DIRECTORY)).isEqualTo(before);

      BlockCompactor compactor = new BlockCompactor(files, () -> ulid(random));
      assertThatThrownBy(
              () ->
                  compactor.compact(
                      blocks.readers(),
                      DIRECTORY,
                      1,
                      _ -> {
                        throw new IOException("enough");
                      }))
          .hasMessage("enough");
      assertThat(files.list(DIRECTORY)).isEqualTo(before);
    }
  }

  /// Some series in all, overlapping in time or not, with equal and other samples at equal times.
  private static List<TreeMap<Labels, List<Sample>>> sources(Random random) {
    List<TreeMap<Labels, List<Sample>>> all = new ArrayList<>();
    TreeMap<Labels, List<Sample>> base = TestSeries.random(random, random.nextInt(1, 30), true);
    all.add(base);
    int count = random.nextInt(1, 4);
    for (int i = 0; i < count; i++) {
      TreeMap<Labels, List<Sample>> next = TestSeries.random(random, random.nextInt(1, 15), true);
      long byMs = random.nextBoolean() ? 0 : random.nextInt(10_000_000);
      base.forEach(
          (labels, samples) -> {
            if (random.nextInt(3) > 0) {
              int from = random.nextInt(samples.size());
              int to = from + 1 + random.nextInt(samples.size() - from);
              next.put(labels, shifted(samples.subList(from, to), byMs));
            }
          });
      all.add(next);
    }
    return all;
  }

  private List<BlockMeta> compact(DurableFiles files, Random random, Blocks blocks, int shards)
      throws IOException {
    return new BlockCompactor(files, () -> ulid(random))
        .compact(blocks.readers(), DIRECTORY, shards, Pace.FREE);
  }

  private static void assertShard(BlockReader block, int shards) {
    SeriesShard hash = new SeriesShard();
    String name = block.meta().lineage().shard();
    if (shards == 1) {
      assertThat(name).isEmpty();
      return;
    }
    try (BlockScan scan = block.scan()) {
      while (scan.next()) {
        assertThat(SeriesShard.name(hash.of(scan.labels(), shards), shards)).isEqualTo(name);
      }
    }
  }

  private static TreeMap<Labels, List<byte[]>> chunks(BlockReader block) {
    TreeMap<Labels, List<byte[]>> all = new TreeMap<>();
    try (BlockScan scan = block.scan()) {
      while (scan.next()) {
        List<byte[]> chunks = new ArrayList<>();
        for (int i = 0; i < scan.chunkCount(); i++) {
          scan.read(i);
          chunks.add(Arrays.copyOfRange(scan.buffer(), 0, scan.offset() + scan.lengthBytes()));
        }
        all.put(scan.labels(), chunks);
      }
    }
    return all;
  }

  private Map<Labels, List<Sample>> read(Blocks blocks) {
    Map<Labels, List<Sample>> all = new LinkedHashMap<>();
    for (Querier querier : blocks.queriers(Long.MIN_VALUE, Long.MAX_VALUE, control)) {
      try (querier) {
        SelectHints hints = SelectHints.sorted(Long.MIN_VALUE, Long.MAX_VALUE);
        TestSeries.read(querier.select(hints, List.of()), control)
            .forEach(
                (labels, samples) ->
                    all.computeIfAbsent(labels, _ -> new ArrayList<>()).addAll(samples));
      }
    }
    return all;
  }

  private static void assertSame(List<Sample> found, List<Sample> wanted) {
    assertThat(found).hasSameSizeAs(wanted);
    NativeHistogram before = null;
    for (int i = 0; i < found.size(); i++) {
      assertThat(found.get(i).timestampMs()).isEqualTo(wanted.get(i).timestampMs());
      assertThat(found.get(i).valueBits()).isEqualTo(wanted.get(i).valueBits());
      NativeHistogram histogram = found.get(i).histogram();
      NativeHistogram other = wanted.get(i).histogram();
      assertThat(histogram == null).isEqualTo(other == null);
      if (histogram != null && other != null) {
        assertThat(histogram).isEqualTo(other.withResetHint(histogram.resetHint()));
        if (histogram.resetHint() == NativeHistogram.ResetHint.NO && before != null) {
          // Whoever says that it goes on must not count less than the one before.
          assertThat(histogram.isStale() || histogram.count() >= before.count()).isTrue();
        }
      }
      before = histogram;
    }
  }

  private static TreeMap<Labels, List<Sample>> shifted(
      TreeMap<Labels, List<Sample>> all, long byMs) {
    TreeMap<Labels, List<Sample>> moved = new TreeMap<>();
    all.forEach((labels, samples) -> moved.put(labels, shifted(samples, byMs)));
    return moved;
  }

  private static List<Sample> shifted(List<Sample> samples, long byMs) {
    return samples.stream()
        .map(s -> new Sample(s.timestampMs() + byMs, s.value(), s.histogram()))
        .toList();
  }

  private static String ulid(Random random) {
    return Ulid.next(1_800_000_000_000L, random);
  }
}
