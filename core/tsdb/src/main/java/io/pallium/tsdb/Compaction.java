package io.pallium.tsdb;

import io.pallium.base.UnavailableException;
import io.pallium.base.clock.TimeSource;
import io.pallium.model.TenantId;
import io.pallium.tsdb.block.BlockMeta;
import io.pallium.tsdb.block.Ulid;
import io.pallium.tsdb.compact.CompactionConfig;
import io.pallium.tsdb.compact.CompactionMetrics;
import io.pallium.tsdb.compact.RetentionLimits;
import io.pallium.tsdb.compact.TenantCompaction;
import io.pallium.tsdb.file.DurableFiles;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Compacts blocks and removes those past their retention, on a thread of its own: it takes minutes
/// where a cut must not wait. One thread at a time, under its lock.
///
/// It uses one processor at the most, and writes no faster than it may.
final class Compaction implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Compaction.class);

  // Waits that are shorter are left to the next one.
  private static final long LEAST_WAIT_NANOS = Duration.ofMillis(20).toNanos();

  private final CompactionConfig config;
  private final long minFreeBytes;
  private final boolean isShipping;
  private final DurableFiles files;
  private final TimeSource time;
  private final Function<TenantId, RetentionLimits> limits;
  private final Map<TenantId, TenantBlocks> blocks;
  private final CompactionMetrics metrics;
  private final SecureRandom random = new SecureRandom();
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<TenantId, TenantCompaction> tenants = new HashMap<>();
  private final Rounds rounds = new Rounds("pallium-compaction");
  private long paidUntilNanos = Long.MIN_VALUE;

  Compaction(
      TsdbConfig config,
      DurableFiles files,
      TimeSource time,
      Function<TenantId, RetentionLimits> limits,
      Map<TenantId, TenantBlocks> blocks,
      CompactionMetrics metrics) {
    this.config = config.compaction();
    this.minFreeBytes = config.log().minFreeBytes();
    this.isShipping = config.store().isShippedTo();
    this.files = files;
    this.time = time;
    this.limits = limits;
    this.blocks = blocks;
    this.metrics = metrics;
  }

  void start() {
    rounds.start(config.interval(), this::run);
  }

  /// One round over all tenants.
  void run() {
    lock.lock();
    try {
      for (Map.Entry<TenantId, TenantBlocks> entry : blocks.entrySet()) {
        if (rounds.isClosing()) {
          return;
        }
        keep(entry.getKey(), entry.getValue());
      }
    } finally {
      lock.unlock();
    }
  }

  /// Rewrites a tenant's blocks without what was deleted from them.
  ///
  /// @throws UnavailableException if one cannot be rewritten
  void removeDeleted(TenantId tenant) {
    lock.lock();
    try {
      TenantBlocks present = blocks.get(tenant);
      if (present != null) {
        of(tenant, present).removeDeleted(this::pace);
      }
    } catch (IOException e) {
      metrics.failure();
      throw new UnavailableException("blocks of tenant " + tenant + " cannot be rewritten", e);
    } finally {
      lock.unlock();
    }
  }

  /// Runs an action while no block is being compacted.
  void pausedFor(Runnable action) {
    lock.lock();
    try {
      action.run();
    } finally {
      lock.unlock();
    }
  }

  /// Ends the compaction that runs, if any, at its next series.
  @Override
  public void close() {
    rounds.close();
  }

  private void keep(TenantId tenant, TenantBlocks present) {
    TenantCompaction compaction = of(tenant, present);
    try {
      compaction.retain(limits.apply(tenant), unshipped(present));
      boolean isMore = config.enabled();
      while (isMore && !rounds.isClosing()) {
        isMore = compaction.compactNext(present.endMs(), unshipped(present), this::pace);
      }
    } catch (IOException | RuntimeException | AssertionError e) {
      // Whatever is wrong with one tenant, the others have their turn.
      if (!rounds.isClosing()) {
        metrics.failure();
        log.warn("compaction failed, it is tried again at the next interval tenant={}", tenant, e);
      }
    }
  }

  /// What has to stay as it is until it is shipped.
  private Set<String> unshipped(TenantBlocks present) throws IOException {
    return isShipping
        ? present.shipped().unshipped().stream().map(BlockMeta::ulid).collect(Collectors.toSet())
        : Set.of();
  }

  private TenantCompaction of(TenantId tenant, TenantBlocks present) {
    return tenants.computeIfAbsent(
        tenant,
        id ->
            new TenantCompaction(
                id,
                present.blocks(),
                config,
                files,
                () -> Ulid.next(time.nowMs(), random),
                time,
                minFreeBytes,
                metrics));
  }

  private void pace(long bytes) throws IOException {
    if (rounds.isClosing()) {
      throw new IOException("the database closes");
    }
    long rate = config.maxWriteRate().bytes();
    if (rate == 0) {
      return;
    }
    long nowNanos = time.nowNanos();
    paidUntilNanos = Math.max(paidUntilNanos, nowNanos) + Math.round(bytes * 1e9 / rate);
    if (paidUntilNanos - nowNanos >= LEAST_WAIT_NANOS) {
      rounds.await(paidUntilNanos - nowNanos);
    }
  }
}
