package io.pallium.tsdb;

import io.pallium.base.CorruptDataException;
import io.pallium.base.PalliumException;
import io.pallium.base.UnavailableException;
import io.pallium.base.clock.TimeSource;
import io.pallium.model.Labels;
import io.pallium.model.TenantId;
import io.pallium.model.XxHash64;
import io.pallium.tsdb.block.BlockMeta;
import io.pallium.tsdb.block.BlockWriter;
import io.pallium.tsdb.block.Blocks;
import io.pallium.tsdb.block.Ulid;
import io.pallium.tsdb.file.DurableFiles;
import io.pallium.tsdb.head.Head;
import io.pallium.tsdb.head.HeadCut;
import io.pallium.tsdb.head.TenantHead;
import io.pallium.tsdb.log.WriteLog;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Moves samples from the head into blocks, frees what is left, and truncates the log. One thread
/// at a time, under its lock: its own, or one that asks for a flush.
///
/// A tenant's oldest block range is cut, at its bounds, when all of it lies before the open range,
/// so that no cut refuses what the open range promises; and later by the tenant's share of a
/// quarter of the block range, so that tenants that are in step are not cut at once. So a head
/// spans at most a block range and a quarter more than the open range.
///
/// An idle tenant's head is cut whole. That of one that keeps too many segments of the log is cut
/// as far as lets the older half of them go, but never what senders may still be sending samples
/// of.
final class Maintenance implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Maintenance.class);

  // How far behind the newest sample others of an active tenant may be under way.
  private static final long GRACE_MS = Duration.ofMinutes(5).toMillis();

  private final TsdbConfig config;
  private final DurableFiles files;
  private final BlocksDirectory directory;
  private final TimeSource time;
  private final Head head;
  private final WriteLog writeLog;
  private final Map<TenantId, TenantBlocks> blocks;
  private final CutRequests requests;
  private final TsdbMetrics metrics;
  private final SecureRandom random = new SecureRandom();
  private final ReentrantLock lock = new ReentrantLock();
  private final Rounds rounds = new Rounds("pallium-maintenance");

  // What the last reader of an epoch has left to do.
  private final Queue<Runnable> due = new ConcurrentLinkedQueue<>();

  // A block that is being written, or whose writing failed and which may still be there: nothing is
  // cut before it is gone.
  private @Nullable Orphan orphan;

  Maintenance(
      TsdbConfig config,
      DurableFiles files,
      BlocksDirectory directory,
      TimeSource time,
      Head head,
      WriteLog writeLog,
      Map<TenantId, TenantBlocks> blocks,
      CutRequests requests,
      TsdbMetrics metrics) {
    this.config = config;
    this.files = files;
    this.directory = directory;
    this.time = time;
    this.head = head;
    this.writeLog = writeLog;
    this.blocks = blocks;
    this.requests = requests;
    this.metrics = metrics;
  }

  void start() {
    rounds.start(config.maintenanceInterval(), this::runAndReport);
  }

  /// One round over all tenants.
  void run() {
    lock.lock();
    try {
      runDue();
      for (TenantHead tenant : head.tenants()) {
        if (rounds.isClosing()) {
          return;
        }
        cutIfDue(tenant);
      }
      runDue();
      // First what needs no room.
      removeUnusedFiles();
      truncateLog();
    } finally {
      lock.unlock();
    }
  }

  /// Runs an action while nothing is cut.
  void pausedFor(Runnable action) {
    lock.lock();
    try {
      action.run();
    } finally {
      lock.unlock();
    }
  }

  /// Adds blocks of elsewhere; under the lock.
  List<BlockMeta> importBlocks(TenantId id, BlockImport source) {
    try {
      TenantBlocks present = blocksOf(id);
      TenantHead tenant = head.tenant(id);
      long headMinMs = tenant == null ? Long.MAX_VALUE : tenant.minTimeMs();
      List<BlockMeta> added =
          new BlockImporter(files, id, present.blocks())
              .run(source, headMinMs, () -> Ulid.next(time.nowMs(), random));
      long endMs = present.blocks().endMs();
      if (endMs > present.endMs()) {
        if (tenant != null) {
          head.closeRange(tenant, endMs);
        }
        present.publishEnd(endMs);
      }
      return added;
    } catch (IOException e) {
      throw new UnavailableException("blocks of tenant " + id + " cannot be imported", e);
    }
  }

  private TenantBlocks blocksOf(TenantId id) throws IOException {
    TenantBlocks present = blocks.get(id);
    if (present == null) {
      present = directory.open(id);
      blocks.put(id, present);
    }
    return present;
  }

  void flush(TenantId id) {
    lock.lock();
    try {
      TenantHead tenant = head.tenant(id);
      if (tenant != null) {
        cutAll(tenant);
        runDue();
        removeUnusedFiles();
        truncateLog();
      }
    } catch (IOException e) {
      metrics.failedCuts.inc();
      throw new UnavailableException("the head of tenant " + id + " cannot be cut", e);
    } finally {
      lock.unlock();
    }
  }

  /// Ends the round that runs, if any, at its next series.
  @Override
  public void close() {
    rounds.close();
  }

  private void runAndReport() {
    try {
      run();
    } catch (PalliumException e) {
      log.warn("maintenance failed, it is tried again at the next interval", e);
    } catch (RuntimeException | Error e) {
      log.error("maintenance failed", e);
    }
  }

  private void runDue() {
    for (Runnable next = due.poll(); next != null; next = due.poll()) {
      next.run();
    }
  }

  private void cutIfDue(TenantHead tenant) {
    try {
      if (isIdle(tenant)) {
        cutAll(tenant);
        return;
      }
      long wantedMs = requests.take(tenant.number());
      if (wantedMs > Long.MIN_VALUE) {
        long newestMs = Math.min(tenant.maxTimeMs(), time.nowMs());
        cutTo(tenant, Math.min(wantedMs, newestMs - GRACE_MS));
      }
      long rangeMs = config.head().blockRange().toMillis();
      while (tenant.minTimeMs() != Long.MAX_VALUE) {
        long startMs = tenant.minTimeMs();
        long endMs = (Math.floorDiv(startMs, rangeMs) + 1) * rangeMs;
        if (tenant.maxTimeMs() - endMs < keptMs(tenant)) {
          return;
        }
        cut(tenant, endMs);
        runDue();
        if (tenant.minTimeMs() <= startMs) {
          // Somebody still reads what was cut: its memory is freed, and more is cut, later.
          return;
        }
      }
    } catch (IOException | RuntimeException | AssertionError e) {
      // Whatever is wrong with one tenant, the others are cut, and the log is truncated.
      metrics.failedCuts.inc();
      log.warn("cut failed, it is tried again at the next interval tenant={}", tenant.id(), e);
    }
  }

  private boolean isIdle(TenantHead tenant) {
    return tenant.minTimeMs() != Long.MAX_VALUE
        && time.nowNanos() - tenant.lastWriteNanos() > config.idleCut().toNanos();
  }

  /// How far behind a tenant's newest sample its head is not cut: what may still be taken, and its
  /// share.
  private long keptMs(TenantHead tenant) {
    byte[] name = tenant.id().value().getBytes(StandardCharsets.UTF_8);
    long spreadMs = config.head().blockRange().toMillis() / 4;
    return tenant.keptRangeMs()
        + Long.remainderUnsigned(XxHash64.hash(name, 0, name.length, 0), spreadMs + 1);
  }

  private void cutAll(TenantHead tenant) throws IOException {
    cutTo(tenant, Long.MAX_VALUE);
  }

  /// Cuts range by range up to a time, or to the newest sample if that is earlier.
  private void cutTo(TenantHead tenant, long limitMs) throws IOException {
    long rangeMs = config.head().blockRange().toMillis();
    while (tenant.minTimeMs() != Long.MAX_VALUE && !rounds.isClosing()) {
      long startMs = Math.max(tenant.minTimeMs(), endMs(tenant.id()));
      long wholeMs = Math.min(tenant.maxTimeMs() + 1, limitMs);
      if (startMs >= wholeMs) {
        return;
      }
      long endMs = Math.min((Math.floorDiv(startMs, rangeMs) + 1) * rangeMs, wholeMs);
      cut(tenant, endMs);
      runDue();
    }
  }

  private long endMs(TenantId id) {
    TenantBlocks present = blocks.get(id);
    return present == null ? Long.MIN_VALUE : present.endMs();
  }

  private void cut(TenantHead tenant, long endMs) throws IOException {
    long startNanos = time.nowNanos();
    TenantBlocks present = blocksOf(tenant.id());
    long fromMs = present.endMs();
    if (endMs <= fromMs) {
      return;
    }
    head.closeRange(tenant, endMs);
    removeOrphan();
    Optional<BlockMeta> written = writeBlock(tenant, present.blocks(), fromMs, endMs);
    present.publishEnd(endMs);
    tenant.epochs().advance(() -> due.add(() -> drop(tenant, endMs)));
    metrics.cuts.inc();
    log.info(
        "head cut tenant={} block={} endMs={} durationMs={}",
        tenant.id(),
        written.map(BlockMeta::ulid).orElse("none"),
        endMs,
        (time.nowNanos() - startNanos) / 1_000_000);
  }

  /// Writes and opens a block, if there is anything to write. If that fails, the block goes: its
  /// samples will be written again.
  private Optional<BlockMeta> writeBlock(TenantHead tenant, Blocks target, long fromMs, long endMs)
      throws IOException {
    try {
      return writeBlock(head.cut(tenant, fromMs, endMs), target);
    } catch (CorruptDataException e) {
      log.warn("tenant={}: a chunk of the head is damaged", tenant.id(), e);
      HeadCut cut = head.cut(tenant, fromMs, endMs);
      cut.rescue(writeLog);
      return writeBlock(cut, target);
    }
  }

  private Optional<BlockMeta> writeBlock(HeadCut cut, Blocks target) throws IOException {
    String ulid = Ulid.next(time.nowMs(), random);
    orphan = new Orphan(target.directory(), ulid);
    boolean isDone = false;
    try {
      Optional<BlockMeta> written;
      try (BlockWriter writer = new BlockWriter(files, target.directory(), ulid)) {
        cut.writeTo(new BlockSink(writer));
        written = writer.finish();
      }
      if (written.isPresent()) {
        target.add(ulid);
      }
      orphan = null;
      isDone = true;
      return written;
    } finally {
      if (!isDone) {
        removeOrphan();
      }
    }
  }

  private void removeOrphan() throws IOException {
    Orphan left = orphan;
    if (left != null) {
      Blocks.delete(files, left.directory(), left.ulid());
      orphan = null;
    }
  }

  private void drop(TenantHead tenant, long endMs) {
    head.drop(tenant, endMs, free -> tenant.epochs().advance(() -> due.add(free)));
  }

  private void removeUnusedFiles() {
    try {
      head.removeUnusedFiles();
    } catch (IOException e) {
      log.warn("a file of head chunks could not be deleted, it is tried again later", e);
    }
  }

  private void truncateLog() {
    if (rounds.isClosing() || !writeLog.isHealthy()) {
      return;
    }
    long appliedPosition = writeLog.endPosition();
    head.awaitBatches();
    Map<Long, Long> ends = new HashMap<>();
    for (TenantHead tenant : head.tenants()) {
      // One that has nothing in memory needs nothing of the log: after a start the end of its
      // blocks
      // may be lower than that of a cut that found all samples deleted.
      boolean isEmpty = tenant.minTimeMs() == Long.MAX_VALUE;
      ends.put(tenant.number(), isEmpty ? Long.MAX_VALUE : endMs(tenant.id()));
    }
    writeLog.truncate(
        appliedPosition, number -> ends.getOrDefault(number, Long.MAX_VALUE), head.checkpoint());
  }

  private record Orphan(Path directory, String ulid) {}

  /// Hands series and chunks on, until the database closes.
  private final class BlockSink implements HeadCut.Sink {
    private final BlockWriter writer;

    BlockSink(BlockWriter writer) {
      this.writer = writer;
    }

    @Override
    public void series(Labels labels) throws IOException {
      if (rounds.isClosing()) {
        throw new IOException("the database closes");
      }
      writer.addSeries(labels);
    }

    @Override
    public void chunk(
        int encoding, long chunkMinMs, long chunkMaxMs, byte[] source, int offset, int lengthBytes)
        throws IOException {
      writer.addChunk(encoding, chunkMinMs, chunkMaxMs, source, offset, lengthBytes);
    }
  }
}
