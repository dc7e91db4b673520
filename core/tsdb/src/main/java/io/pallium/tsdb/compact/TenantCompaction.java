package io.pallium.tsdb.compact;

import io.pallium.base.CorruptDataException;
import io.pallium.base.clock.TimeSource;
import io.pallium.model.TenantId;
import io.pallium.tsdb.block.BlockCheck;
import io.pallium.tsdb.block.BlockMeta;
import io.pallium.tsdb.block.BlockReader;
import io.pallium.tsdb.block.Blocks;
import io.pallium.tsdb.file.DurableFiles;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps the blocks of one tenant few, and within its retention. Confined to one thread at a time.
///
/// A block that turns out to be damaged is left out of compactions until the next start.
public final class TenantCompaction {
  private static final Logger log = LoggerFactory.getLogger(TenantCompaction.class);

  private final TenantId tenant;
  private final Blocks blocks;
  private final CompactionConfig config;
  private final CompactionPlanner planner;
  private final DurableFiles files;
  private final BlockCompactor compactor;
  private final TimeSource time;
  private final long minFreeBytes;
  private final CompactionMetrics metrics;
  private final Set<String> excluded = new HashSet<>();

  /// When deletions in a block were first seen, in nanoseconds.
  private final Map<String, Long> deletionsSeenNanos = new HashMap<>();

  /// @param names gives a new ULID each time
  /// @param minFreeBytes what has to be left free on the disk
  public TenantCompaction(
      TenantId tenant,
      Blocks blocks,
      CompactionConfig config,
      DurableFiles files,
      Supplier<String> names,
      TimeSource time,
      long minFreeBytes,
      CompactionMetrics metrics) {
    this.tenant = tenant;
    this.blocks = blocks;
    this.config = config;
    this.planner =
        new CompactionPlanner(
            config.ranges().stream().map(range -> range.toMillis()).toList(), config.shards());
    this.files = files;
    this.compactor = new BlockCompactor(files, names);
    this.time = time;
    this.minFreeBytes = minFreeBytes;
    this.metrics = metrics;
  }

  /// Removes the blocks that the limits do not keep.
  ///
  /// @param kept names of blocks that stay however large all of them are
  /// @throws IOException if a file cannot be deleted
  public void retain(RetentionLimits limits, Set<String> kept) throws IOException {
    List<String> expired = limits.expired(blocks.readers(), kept, time.nowMs());
    if (!expired.isEmpty()) {
      blocks.remove(expired);
      metrics.expiredBlocks.inc(expired.size());
      log.info("blocks past their retention removed tenant={} blocks={}", tenant, expired);
    }
  }

  /// Does the next compaction that is due.
  ///
  /// @param endMs the end of what was cut from the head
  /// @param kept names of blocks that must stay as they are
  /// @return whether there was one
  /// @throws IOException if it did not succeed; everything is as before
  public boolean compactNext(long endMs, Set<String> kept, Pace pace) throws IOException {
    List<BlockMeta> metas = blocks.metas();
    Set<String> leftOut = new HashSet<>(excluded);
    leftOut.addAll(kept);
    List<String> plan = withoutEmptyEnd(planner.plan(metas, endMs, leftOut));
    if (plan.isEmpty()) {
      plan = nextWithDeletions(ulid -> !kept.contains(ulid) && isDue(ulid));
    }
    if (plan.isEmpty()) {
      return false;
    }
    compact(plan, pace);
    return true;
  }

  /// Rewrites all blocks from which something was deleted, without what was deleted.
  ///
  /// @throws IOException if one cannot be rewritten; it is as before
  public void removeDeleted(Pace pace) throws IOException {
    for (List<String> plan = nextWithDeletions(_ -> true);
        !plan.isEmpty();
        plan = nextWithDeletions(_ -> true)) {
      compact(plan, pace);
    }
  }

  /// A block to be rewritten for its own sake. The last one stays if nothing would be left of it:
  /// its end is what keeps samples in the log from coming back. (The head may have been cut
  /// further, but a start does not know that.)
  private List<String> nextWithDeletions(Predicate<String> isWanted) {
    long endMs = blocks.endMs();
    for (BlockReader block : blocks.readers()) {
      String ulid = block.meta().ulid();
      boolean isLast = block.meta().maxTimeMs() >= endMs;
      if (block.hasDeletions()
          && !excluded.contains(ulid)
          && isWanted.test(ulid)
          && !(isLast && block.isAllDeleted())) {
        return List.of(ulid);
      }
    }
    return List.of();
  }

  /// A plan of which something is left, or one without the last block.
  private List<String> withoutEmptyEnd(List<String> plan) {
    long endMs = blocks.endMs();
    List<String> kept = new ArrayList<>();
    for (BlockReader block : blocks.readers()) {
      if (plan.contains(block.meta().ulid())) {
        if (!block.hasDeletions() || !block.isAllDeleted()) {
          return plan;
        }
        if (block.meta().maxTimeMs() < endMs) {
          kept.add(block.meta().ulid());
        }
      }
    }
    return kept;
  }

  private boolean isDue(String ulid) {
    long nowNanos = time.nowNanos();
    long seenNanos = deletionsSeenNanos.computeIfAbsent(ulid, _ -> nowNanos);
    return nowNanos - seenNanos >= config.tombstoneDelay().toNanos();
  }

  private void compact(List<String> ulids, Pace pace) throws IOException {
    long startNanos = time.nowNanos();
    List<BlockReader> sources =
        blocks.readers().stream().filter(block -> ulids.contains(block.meta().ulid())).toList();
    long neededBytes = sources.stream().mapToLong(BlockReader::lengthBytes).sum() + minFreeBytes;
    long freeBytes = files.freeBytes(blocks.directory());
    if (freeBytes < neededBytes) {
      throw new IOException(
          "compaction of %s needs %d free bytes, there are %d"
              .formatted(ulids, neededBytes, freeBytes));
    }
    List<BlockMeta> made;
    try {
      made =
          compactor.compact(
              sources,
              blocks.directory(),
              config.shards(),
              bytes -> {
                metrics.writtenBytes.inc(bytes);
                pace.written(bytes);
              });
    } catch (CorruptDataException e) {
      exclude(sources);
      throw e;
    }
    List<String> names = made.stream().map(BlockMeta::ulid).toList();
    takePlace(ulids, names);
    ulids.forEach(deletionsSeenNanos::remove);
    metrics.compactions.inc();
    metrics.seconds.inc((time.nowNanos() - startNanos) / 1e9);
    log.info(
        "blocks compacted tenant={} from={} to={} samples={} durationMs={}",
        tenant,
        ulids,
        names,
        made.stream().mapToLong(meta -> meta.stats().samples()).sum(),
        (time.nowNanos() - startNanos) / 1_000_000);
  }

  private void takePlace(List<String> old, List<String> made) throws IOException {
    boolean isDone = false;
    try {
      blocks.replace(old, made);
      isDone = true;
    } finally {
      if (!isDone) {
        for (String ulid : made) {
          Blocks.delete(files, blocks.directory(), ulid);
        }
      }
    }
    for (String ulid : old) {
      Blocks.delete(files, blocks.directory(), ulid);
    }
  }

  private void exclude(List<BlockReader> sources) {
    for (BlockReader source : sources) {
      List<String> findings = BlockCheck.findings(source);
      if (!findings.isEmpty()) {
        excluded.add(source.meta().ulid());
        log.error(
            "block is damaged and left out of compactions tenant={} block={} finding={}",
            tenant,
            source.location(),
            findings.getFirst());
      }
    }
  }
}
