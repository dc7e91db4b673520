package io.pallium.tsdb;

import io.pallium.base.PalliumException;
import io.pallium.base.UnavailableException;
import io.pallium.base.clock.TimeSource;
import io.pallium.model.LabelMatcher;
import io.pallium.model.MetricMetadata;
import io.pallium.model.TenantId;
import io.pallium.model.WriteBatch;
import io.pallium.model.WriteResult;
import io.pallium.storage.Cardinality;
import io.pallium.storage.Querier;
import io.pallium.storage.QueryControl;
import io.pallium.storage.Queryable;
import io.pallium.storage.RecentFacts;
import io.pallium.storage.SampleSink;
import io.pallium.storage.SeriesExemplars;
import io.pallium.storage.TimelineQuerier;
import io.pallium.tsdb.block.BlockMeta;
import io.pallium.tsdb.compact.CompactionMetrics;
import io.pallium.tsdb.file.DurableFiles;
import io.pallium.tsdb.file.FileLockedException;
import io.pallium.tsdb.head.Head;
import io.pallium.tsdb.head.HeadMetrics;
import io.pallium.tsdb.head.ReadEpochs;
import io.pallium.tsdb.head.TenantHead;
import io.pallium.tsdb.headchunk.HeadChunkFiles;
import io.pallium.tsdb.headchunk.HeadChunkMetrics;
import io.pallium.tsdb.log.LocalWriteLog;
import io.pallium.tsdb.log.LogReplayProgress;
import io.pallium.tsdb.log.WriteLog;
import io.pallium.tsdb.log.WriteLogMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A directory of time series of many tenants: the head, its log, and each tenant's blocks as one.
/// Thread-safe.
///
/// ```
/// <directory>/lock              held while the database is open
/// <directory>/wal               the log of all tenants
/// <directory>/head-chunks       closed chunks of the head
/// <directory>/blocks/<tenant>   blocks
/// <directory>/shipped           which of them lie in a store too
/// ```
///
/// A tenant's time is divided at the end of its blocks: what lies before is read from blocks, what
/// lies after from the head, and no sample is in both, nor in none. A cut moves that end. A query
/// notes the head's epoch, then the end, then the blocks; a cut adds the block, then moves the end,
/// then begins a new epoch, and frees the head's part when the epoch before has no reader left.
public final class Tsdb implements SampleSink, Queryable, RecentFacts, AutoCloseable {
  private static final Logger logger = LoggerFactory.getLogger(Tsdb.class);

  private final Closeable lock;
  private final WriteLog log;
  private final Head head;
  private final Map<TenantId, TenantBlocks> blocks;
  private final Maintenance maintenance;
  private final Compaction compaction;
  private final Shipping shipping;
  private final AtomicBoolean isClosed = new AtomicBoolean();

  private Tsdb(
      Closeable lock,
      WriteLog log,
      Head head,
      Map<TenantId, TenantBlocks> blocks,
      Maintenance maintenance,
      Compaction compaction) {
    this.lock = lock;
    this.log = log;
    this.head = head;
    this.blocks = blocks;
    this.maintenance = maintenance;
    this.compaction = compaction;
    this.shipping = new Shipping(blocks, compaction);
  }

  /// Opens a directory, which is this database's alone until it is closed: its blocks, then replays
  /// its log.
  ///
  /// @param limits what each tenant may have
  /// @throws UnavailableException if the directory cannot be read or written, or another process
  ///   has it open
  public static Tsdb open(
      TsdbConfig config,
      DurableFiles files,
      TimeSource time,
      TsdbLimits limits,
      PrometheusRegistry registry,
      LogReplayProgress progress) {
    Closeable lock = lock(files, config.directory());
    boolean isOpen = false;
    try {
      Tsdb opened = open(lock, config, files, time, limits, registry, progress);
      isOpen = true;
      return opened;
    } finally {
      if (!isOpen) {
        unlock(lock);
      }
    }
  }

  private static Tsdb open(
      Closeable lock,
      TsdbConfig config,
      DurableFiles files,
      TimeSource time,
      TsdbLimits limits,
      PrometheusRegistry registry,
      LogReplayProgress progress) {
    BlocksDirectory blocksDirectory =
        new BlocksDirectory(files, config.directory(), config.store());
    Map<TenantId, TenantBlocks> blocks = blocksDirectory.openAll();
    CutRequests requests = new CutRequests();
    WriteLog log =
        new LocalWriteLog(
            files,
            config.directory().resolve("wal"),
            config.log(),
            time,
            new WriteLogMetrics(registry),
            requests);
    Head head =
        new Head(
            config.head(),
            time,
            log,
            new HeadChunkFiles(
                files,
                config.directory().resolve("head-chunks"),
                config.head().chunkFileBytes(),
                new HeadChunkMetrics(registry)),
            limits.head(),
            tenant -> endMs(blocks.get(tenant)),
            new HeadMetrics(registry));
    TsdbMetrics metrics =
        new TsdbMetrics(
            registry,
            head::stats,
            () -> blocks.values().stream().map(TenantBlocks::blocks).toList());
    long startNanos = time.nowNanos();
    boolean isOpen = false;
    try {
      head.replay(progress);
      isOpen = true;
    } finally {
      if (!isOpen) {
        log.close();
        head.close();
        blocks.values().forEach(TenantBlocks::close);
      }
    }
    metrics.replaySeconds.set((time.nowNanos() - startNanos) / 1e9);
    Maintenance maintenance =
        new Maintenance(config, files, blocksDirectory, time, head, log, blocks, requests, metrics);
    Compaction compaction =
        new Compaction(
            config, files, time, limits.retention(), blocks, new CompactionMetrics(registry));
    maintenance.start();
    compaction.start();
    return new Tsdb(lock, log, head, blocks, maintenance, compaction);
  }

  /// The number of this life of the process: the refs that results give out hold for it alone.
  public long incarnation() {
    return head.incarnation();
  }

  /// Whether writes can succeed: a log that has failed once takes nothing until a restart.
  public boolean isWritable() {
    return log.isHealthy();
  }

  @Override
  public CompletableFuture<WriteResult> write(WriteBatch batch) {
    return head.write(batch);
  }

  @Override
  public Querier querier(TenantId tenant, long minTimeMs, long maxTimeMs, QueryControl control) {
    TenantHead tenantHead = head.tenant(tenant);
    ReadEpochs.@Nullable Epoch epoch = tenantHead == null ? null : tenantHead.epochs().enter();
    boolean isOpen = false;
    try {
      TenantBlocks tenantBlocks = blocks.get(tenant);
      long endMs = endMs(tenantBlocks);
      List<Querier> parts = new ArrayList<>();
      if (tenantBlocks != null) {
        tenantBlocks.blocks().requireWhole(minTimeMs, maxTimeMs);
      }
      if (tenantBlocks != null && minTimeMs < endMs) {
        // A block that a cut adds just now begins at the end that was noted before: not before it.
        parts.addAll(
            tenantBlocks.blocks().queriers(minTimeMs, Math.min(maxTimeMs, endMs - 1), control));
      }
      if (tenantHead != null && maxTimeMs >= endMs) {
        parts.add(head.querier(tenantHead, Math.max(minTimeMs, endMs), maxTimeMs, control));
      }
      isOpen = true;
      return new TimelineQuerier(parts, () -> leave(tenantHead, epoch));
    } finally {
      if (!isOpen) {
        leave(tenantHead, epoch);
      }
    }
  }

  @Override
  public List<MetricMetadata> metadata(
      TenantId tenant, @Nullable String family, QueryControl control) {
    control.check();
    return head.metadata(tenant, family);
  }

  @Override
  public List<SeriesExemplars> exemplars(
      TenantId tenant,
      long startMs,
      long endMs,
      List<List<LabelMatcher>> selectors,
      QueryControl control) {
    TenantHead tenantHead = head.tenant(tenant);
    return tenantHead == null
        ? List.of()
        : tenantHead.exemplars(startMs, endMs, selectors, control);
  }

  @Override
  public Cardinality cardinality(TenantId tenant, int limit, QueryControl control) {
    TenantHead tenantHead = head.tenant(tenant);
    return tenantHead == null ? Cardinality.EMPTY : tenantHead.cardinality(limit, control);
  }

  /// The tenants that have series in the head.
  public List<TenantId> tenants() {
    return head.tenants().stream().map(TenantHead::id).sorted().toList();
  }

  /// A tenant's blocks, in order of time.
  public List<BlockMeta> blocks(TenantId tenant) {
    TenantBlocks tenantBlocks = blocks.get(tenant);
    return tenantBlocks == null ? List.of() : tenantBlocks.blocks().metas();
  }

  /// Cuts everything that the head holds of a tenant into blocks, however young it is. Samples that
  /// lie before the newest one are not taken any more.
  ///
  /// @throws UnavailableException if a block cannot be written; nothing is lost
  public void flush(TenantId tenant) {
    maintenance.flush(tenant);
  }

  /// Deletes what a tenant's matching series have in `[minTimeMs, maxTimeMs]`, and returns when
  /// that is durable: queries that begin from now on do not see it. Samples that are written later
  /// are not concerned, be their time in that range. Waits for a compaction that runs.
  ///
  /// @param matchers one at least
  /// @throws UnavailableException if it cannot be made durable; a part may be deleted
  /// @throws io.pallium.base.CorruptDataException if a block of that time is damaged
  public void delete(TenantId tenant, List<LabelMatcher> matchers, long minTimeMs, long maxTimeMs) {
    compaction.pausedFor(
        () -> maintenance.pausedFor(() -> deleteNow(tenant, matchers, minTimeMs, maxTimeMs)));
    logger.info(
        "samples deleted tenant={} matchers={} minTimeMs={} maxTimeMs={}",
        tenant,
        matchers,
        minTimeMs,
        maxTimeMs);
  }

  private void deleteNow(
      TenantId tenant, List<LabelMatcher> matchers, long minTimeMs, long maxTimeMs) {
    TenantBlocks tenantBlocks = blocks.get(tenant);
    TenantHead tenantHead = head.tenant(tenant);
    try {
      if (tenantBlocks != null) {
        tenantBlocks.blocks().deleteSeries(matchers, minTimeMs, maxTimeMs);
      }
      if (tenantHead != null) {
        head.delete(tenantHead, matchers, minTimeMs, maxTimeMs, QueryControl.unlimited()).join();
      }
    } catch (IOException e) {
      throw new UnavailableException("samples of tenant " + tenant + " cannot be deleted", e);
    } catch (CompletionException e) {
      throw e.getCause() instanceof PalliumException known ? known : e;
    }
  }

  /// Adds blocks to those of a tenant: all, or none.
  ///
  /// @return what was added, in the order of the source
  /// @throws io.pallium.base.BadRequestException if one overlaps another, a block that is there, or
  ///   what is in the head
  /// @throws UnavailableException if they cannot be written
  public List<BlockMeta> importBlocks(TenantId tenant, BlockImport source) {
    List<BlockMeta> added = new ArrayList<>();
    compaction.pausedFor(
        () -> maintenance.pausedFor(() -> added.addAll(maintenance.importBlocks(tenant, source))));
    return added;
  }

  /// Rewrites a tenant's blocks without what was deleted from them, without waiting until that is
  /// due.
  ///
  /// @throws UnavailableException if one cannot be rewritten
  public void removeDeleted(TenantId tenant) {
    compaction.removeDeleted(tenant);
  }

  /// The side that a shipper of blocks sees.
  public Shipping shipping() {
    return shipping;
  }

  /// Looks now for what to cut, to free and to remove from the log, to compact and to expire, as is
  /// done at every interval.
  public void maintain() {
    try {
      maintenance.run();
    } finally {
      compaction.run();
    }
  }

  /// Makes what was written durable and ends. Open queriers must be closed before.
  @Override
  public void close() {
    if (!isClosed.compareAndSet(false, true)) {
      return;
    }
    try {
      compaction.close();
      maintenance.close();
      log.close(head.checkpoint());
      head.close();
      blocks.values().forEach(TenantBlocks::close);
    } finally {
      unlock(lock);
    }
    logger.info("database closed");
  }

  private static Closeable lock(DurableFiles files, Path directory) {
    try {
      files.createDirectories(directory);
      return files.lock(directory.resolve("lock"));
    } catch (FileLockedException e) {
      throw new UnavailableException(
          "directory " + directory.toAbsolutePath() + " is in use by another process", e);
    } catch (IOException e) {
      throw new UnavailableException("directory " + directory + " cannot be locked", e);
    }
  }

  private static void unlock(Closeable lock) {
    try {
      lock.close();
    } catch (IOException e) {
      logger.warn("the lock of the directory was not given up, it ends with the process", e);
    }
  }

  private static void leave(@Nullable TenantHead tenant, ReadEpochs.@Nullable Epoch epoch) {
    if (tenant != null && epoch != null) {
      tenant.epochs().leave(epoch);
    }
  }

  private static long endMs(@Nullable TenantBlocks tenantBlocks) {
    return tenantBlocks == null ? Long.MIN_VALUE : tenantBlocks.endMs();
  }
}
