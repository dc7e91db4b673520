package io.pallium.tsdb.block;

import java.util.List;

/// Where a block comes from.
///
/// @param level 1 for a block cut from a head, higher after compactions
/// @param sources the blocks of level 1 whose data is in this one
/// @param parents the blocks that this one was made of: beside it they are superfluous
/// @param siblings the names of all blocks that the parents were made into together, this one
///   included: without one of them and with all parents, this one is superfluous; empty if it is
///   the only one
/// @param shard which part of the series is in it, as `2_of_4`; empty for all
public record BlockLineage(
    int level, List<String> sources, List<Parent> parents, List<String> siblings, String shard) {

  /// A block that another one was made of.
  ///
  /// @param maxTimeMs exclusive
  public record Parent(String ulid, long minTimeMs, long maxTimeMs) {}

  /// Copies the lists.
  public BlockLineage {
    sources = List.copyOf(sources);
    parents = List.copyOf(parents);
    siblings = List.copyOf(siblings);
  }

  /// That of a block that was not made of others.
  public static BlockLineage original(String ulid) {
    return new BlockLineage(1, List.of(ulid), List.of(), List.of(), "");
  }

  BlockLineage withSiblings(List<String> all) {
    return new BlockLineage(level, sources, parents, all, shard);
  }
}
