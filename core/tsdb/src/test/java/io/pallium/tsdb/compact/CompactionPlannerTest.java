package io.pallium.tsdb.compact;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.tsdb.block.BlockLineage;
import io.pallium.tsdb.block.BlockMeta;
import io.pallium.tsdb.block.BlockStats;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Ranges of 10, 30 and 90 ms, in place of hours.
class CompactionPlannerTest {
  private static final List<Long> RANGES = List.of(10L, 30L, 90L);

  private final CompactionPlanner planner = new CompactionPlanner(RANGES, 1);

  @Test
  void nothingIsDueWhileNoWindowIsOver() {
    assertThat(planner.plan(List.of(), 0, Set.of())).isEmpty();
    assertThat(planner.plan(List.of(block("a", 0, 10), block("b", 10, 20)), 20, Set.of()))
        .isEmpty();
    assertThat(planner.plan(List.of(block("a", 0, 10)), 1000, Set.of())).isEmpty();
  }

  @Test
  void adjacentBlocksOfAWindowThatIsOverBecomeOne() {
    List<BlockMeta> blocks =
        List.of(block("a", 0, 10), block("b", 10, 20), block("c", 20, 30), block("d", 30, 40));

    assertThat(planner.plan(blocks, 40, Set.of())).containsExactly("a", "b", "c");
  }

  @Test
  void largestWindowThatIsOverComesFirst() {
    List<BlockMeta> blocks = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      blocks.add(block("b" + i, i * 10, i * 10 + 10));
    }

    assertThat(planner.plan(blocks, 120, Set.of()))
        .containsExactly("b0", "b1", "b2", "b3", "b4", "b5", "b6", "b7", "b8");
    assertThat(planner.plan(blocks, 89, Set.of())).containsExactly("b0", "b1", "b2");
  }

  @Test
  void piecesOfOneRangeBecomeOneBlock() {
    List<BlockMeta> blocks = List.of(block("a", 0, 4), block("b", 4, 10), block("c", 10, 12));

    assertThat(planner.plan(blocks, 12, Set.of())).containsExactly("a", "b");
  }

  @Test
  void overlappingBlocksComeFirstWhereverTheyAre() {
    List<BlockMeta> blocks =
        List.of(
            block("a", 0, 10),
            block("b", 10, 20),
            block("c", 100, 120),
            block("d", 110, 115),
            block("e", 119, 130),
            block("f", 130, 140));

    assertThat(planner.plan(blocks, 100, Set.of())).containsExactly("c", "d", "e");
    assertThat(planner.plan(blocks, 100, Set.of("d", "e"))).containsExactly("a", "b");
  }

  @Test
  void excludedBlocksStay() {
    List<BlockMeta> blocks = List.of(block("a", 0, 10), block("b", 10, 20), block("c", 20, 30));

    assertThat(planner.plan(blocks, 30, Set.of("b"))).containsExactly("a", "c");
    assertThat(planner.plan(blocks, 30, Set.of("a", "b"))).isEmpty();
  }

  @Test
  void shardsOfOneTimeAreLeftApart() {
    CompactionPlanner sharding = new CompactionPlanner(RANGES, 2);
    List<BlockMeta> blocks =
        sorted(
            block("a1", 0, 30, "1_of_2"),
            block("a2", 0, 30, "2_of_2"),
            block("b1", 30, 60, "1_of_2"),
            block("b2", 30, 60, "2_of_2"),
            block("c", 60, 70),
            block("d", 70, 80));

    assertThat(sharding.plan(blocks, 60, Set.of())).isEmpty();
    assertThat(sharding.plan(blocks, 90, Set.of())).containsExactly("c", "d");
    List<BlockMeta> later =
        sorted(
            block("a1", 0, 30, "1_of_2"),
            block("a2", 0, 30, "2_of_2"),
            block("b1", 30, 90, "1_of_2"),
            block("b2", 30, 90, "2_of_2"));
    assertThat(sharding.plan(later, 90, Set.of())).containsExactly("a1", "b1");
  }

  @Test
  void shardsOfAnotherNumberAndWhatCameLateBecomeOneAgain() {
    CompactionPlanner sharding = new CompactionPlanner(RANGES, 2);
    List<BlockMeta> blocks =
        sorted(block("a1", 0, 30, "1_of_3"), block("a2", 0, 30, "2_of_3"), block("b", 30, 40));
    assertThat(sharding.plan(blocks, 30, Set.of())).containsExactly("a1", "a2");

    List<BlockMeta> late =
        sorted(block("a1", 0, 30, "1_of_2"), block("a2", 0, 30, "2_of_2"), block("late", 10, 20));
    assertThat(sharding.plan(late, 30, Set.of())).containsExactly("a1", "a2", "late");
    assertThat(planner.plan(late.subList(0, 2), 30, Set.of())).containsExactly("a1", "a2");
  }

  private static List<BlockMeta> sorted(BlockMeta... metas) {
    List<BlockMeta> all = new ArrayList<>(List.of(metas));
    all.sort(Comparator.comparingLong(BlockMeta::minTimeMs).thenComparing(BlockMeta::ulid));
    return all;
  }

  private static BlockMeta block(String name, long minMs, long maxMs) {
    return block(name, minMs, maxMs, "");
  }

  private static BlockMeta block(String name, long minMs, long maxMs, String shard) {
    return new BlockMeta(
        name,
        minMs,
        maxMs,
        new BlockStats(1, 1, 0, 1, 1),
        new BlockLineage(1, List.of(name), List.of(), List.of(), shard));
  }
}
