package io.pallium.tsdb.compact;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.base.clock.ManualTimeSource;
import io.pallium.base.config.DataSize;
import io.pallium.model.Labels;
import io.pallium.model.TenantId;
import io.pallium.storage.Querier;
import io.pallium.storage.QueryControl;
import io.pallium.storage.SelectHints;
import io.pallium.tsdb.block.BlockMeta;
import io.pallium.tsdb.block.Blocks;
import io.pallium.tsdb.block.TestSeries;
import io.pallium.tsdb.block.TestSeries.Sample;
import io.pallium.tsdb.block.Ulid;
import io.pallium.tsdb.file.SimulatedFiles;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// A compaction is crashed in the middle of each of its changes of the disk, of the machine and of
/// the process: whatever is found after it, each sample is there once.
class CompactionCrashTest {
  private static final Path DIRECTORY = Path.of("blocks");
  private static final int SEEDS = Boolean.getBoolean("pallium.long") ? 20 : 2;

  private final QueryControl control = QueryControl.unlimited();

  @Test
  void eachSampleIsThereOnceAfterACrashAtAnyPoint() throws IOException {
    int crashes = 0;
    for (int shards : new int[] {1, 3}) {
      for (int seed = 0; seed < SEEDS; seed++) {
        SimulatedFiles disk = disk(seed);
        List<Answer> before;
        try (Blocks blocks = Blocks.open(disk.copy(), DIRECTORY)) {
          before = read(blocks);
        }
        boolean isThrough = false;
        for (int change = 1; !isThrough; change++) {
          isThrough = compact(disk.copy(), change, shards, before, change % 2 == 0);
          crashes++;
        }
      }
    }
    assertThat(crashes).isGreaterThan(80);
  }

  /// @return whether the compaction ended before the crash
  private boolean compact(
      SimulatedFiles files, int change, int shards, List<Answer> before, boolean isMachine)
      throws IOException {
    boolean isThrough = false;
    try (Blocks blocks = Blocks.open(files, DIRECTORY)) {
      files.crashAtChange(change);
      compaction(files, blocks, shards).compactNext(Long.MAX_VALUE, Set.of(), Pace.FREE);
      isThrough = true;
      assertThat(read(blocks)).isEqualTo(before);
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("crashed");
    }
    SimulatedFiles after = isMachine ? files.restart() : files.restartProcess();
    List<String> names;
    try (Blocks blocks = Blocks.open(after, DIRECTORY)) {
      assertThat(blocks.damagedCount()).as("at change %d", change).isZero();
      assertThat(read(blocks)).as("at change %d of %d shards", change, shards).isEqualTo(before);
      names = blocks.metas().stream().map(BlockMeta::ulid).toList();
      compaction(after, blocks, shards).compactNext(Long.MAX_VALUE, Set.of(), Pace.FREE);
      assertThat(read(blocks)).isEqualTo(before);
      assertThat(blocks.metas()).hasSize(shards);
    }
    assertThat(after.list(DIRECTORY)).hasSize(shards);
    assertThat(names).hasSizeBetween(1, 3);
    return isThrough;
  }

  private static TenantCompaction compaction(SimulatedFiles files, Blocks blocks, int shards) {
    Random random = new Random(files.changes());
    return new TenantCompaction(
        new TenantId("t"),
        blocks,
        new CompactionConfig(
            true,
            Duration.ZERO,
            List.of(Duration.ofDays(100)),
            shards,
            DataSize.ZERO,
            Duration.ofHours(1)),
        files,
        () -> Ulid.next(1_800_000_000_000L, random),
        new ManualTimeSource(1_800_000_000_000L),
        0,
        new CompactionMetrics(new PrometheusRegistry()));
  }

  private static SimulatedFiles disk(int seed) throws IOException {
    SimulatedFiles files = new SimulatedFiles(seed);
    files.createDirectories(DIRECTORY);
    Random random = new Random(seed);
    TreeMap<Labels, List<Sample>> first = TestSeries.random(random, 12, true);
    TreeMap<Labels, List<Sample>> second = new TreeMap<>();
    first.forEach(
        (labels, samples) ->
            second.put(
                labels,
                samples.stream()
                    .map(s -> new Sample(s.timestampMs() + 20_000_000, s.value(), s.histogram()))
                    .toList()));
    for (TreeMap<Labels, List<Sample>> one : List.of(first, second)) {
      TestSeries.write(files, DIRECTORY, Ulid.next(1_700_000_000_000L, random), one, 1 << 20);
    }
    return files;
  }

  private record Answer(Labels labels, List<Long> timesMs, List<Long> bits) {}

  private List<Answer> read(Blocks blocks) {
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
    return all.entrySet().stream()
        .map(
            entry ->
                new Answer(
                    entry.getKey(),
                    entry.getValue().stream().map(Sample::timestampMs).toList(),
                    entry.getValue().stream().map(Sample::valueBits).toList()))
        .toList();
  }
}
