package io.pallium.tsdb.compact;

import io.pallium.tsdb.block.BlockMeta;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/// Says which blocks of a tenant should become one. Immutable.
///
/// Blocks that overlap come first: queries pay for them. Then the blocks within a window of the
/// largest range that is over: windows begin at multiples of the range, and one is over when the
/// head has been cut up to its end. Blocks of different shards of the same number are not mixed;
/// they may cover the same time.
final class CompactionPlanner {
  private final List<Long> rangesMs;
  private final int shards;

  /// @param rangesMs in ascending order
  /// @param shards into how many blocks each result is to be divided
  CompactionPlanner(List<Long> rangesMs, int shards) {
    this.rangesMs = List.copyOf(rangesMs);
    this.shards = shards;
  }

  /// The names of the blocks to be made one next; empty if nothing is to be done.
  ///
  /// @param metas in order of time
  /// @param endMs the end of what was cut from the head
  /// @param excluded names of blocks that must stay as they are
  List<String> plan(List<BlockMeta> metas, long endMs, Set<String> excluded) {
    for (List<BlockMeta> apart : byShard(metas, excluded)) {
      List<String> overlapping = overlapping(apart);
      if (!overlapping.isEmpty()) {
        return overlapping;
      }
    }
    for (List<BlockMeta> apart : byShard(metas, excluded)) {
      for (long rangeMs : rangesMs.reversed()) {
        List<String> window = window(apart, rangeMs, endMs);
        if (!window.isEmpty()) {
          return window;
        }
      }
    }
    return List.of();
  }

  /// Blocks that are to be compared with each other: those of each of our shards, and all others.
  /// Where a block of no shard shares the time of shards, they are divided anew together.
  private List<List<BlockMeta>> byShard(List<BlockMeta> metas, Set<String> excluded) {
    List<BlockMeta> whole = new ArrayList<>();
    TreeMap<String, List<BlockMeta>> sharded = new TreeMap<>();
    for (BlockMeta meta : metas) {
      if (excluded.contains(meta.ulid())) {
        continue;
      }
      if (isOfOurShards(meta) && !isMixed(meta, metas, excluded)) {
        sharded.computeIfAbsent(meta.lineage().shard(), _ -> new ArrayList<>()).add(meta);
      } else {
        whole.add(meta);
      }
    }
    List<List<BlockMeta>> all = new ArrayList<>(sharded.values());
    all.addFirst(whole);
    return all;
  }

  private boolean isOfOurShards(BlockMeta meta) {
    return shards > 1 && meta.lineage().shard().endsWith("_of_" + shards);
  }

  /// Whether a block shares its time with one that is not of our shards.
  private boolean isMixed(BlockMeta meta, List<BlockMeta> metas, Set<String> excluded) {
    return metas.stream()
        .anyMatch(
            other ->
                !isOfOurShards(other)
                    && !excluded.contains(other.ulid())
                    && other.overlaps(meta.minTimeMs(), meta.maxTimeMs() - 1));
  }

  private static List<String> overlapping(List<BlockMeta> metas) {
    List<String> group = new ArrayList<>();
    long endMs = Long.MIN_VALUE;
    for (BlockMeta meta : metas) {
      if (meta.minTimeMs() >= endMs) {
        if (group.size() > 1) {
          return group;
        }
        group.clear();
      }
      group.add(meta.ulid());
      endMs = Math.max(endMs, meta.maxTimeMs());
    }
    return group.size() > 1 ? group : List.of();
  }

  private static List<String> window(List<BlockMeta> metas, long rangeMs, long endMs) {
    List<String> group = new ArrayList<>();
    long windowMs = Long.MIN_VALUE;
    for (BlockMeta meta : metas) {
      long startMs = Math.floorDiv(meta.minTimeMs(), rangeMs) * rangeMs;
      if (startMs != windowMs || startMs + rangeMs > endMs) {
        if (group.size() > 1) {
          return group;
        }
        group.clear();
      }
      windowMs = startMs;
      if (startMs + rangeMs <= endMs && meta.maxTimeMs() <= startMs + rangeMs) {
        group.add(meta.ulid());
      }
    }
    return group.size() > 1 ? group : List.of();
  }
}
