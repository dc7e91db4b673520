package io.pallium.tsdb.log;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.pallium.base.BadRequestException;
import io.pallium.base.LimitExceededException;
import io.pallium.base.PalliumException;
import io.pallium.base.UnavailableException;
import io.pallium.base.clock.TimeSource;
import io.pallium.base.concurrent.ThreadEnd;
import io.pallium.tsdb.file.DurableFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The write log in a local directory: one log for all tenants, with group commit.
///
/// Appenders copy their record into the group that is being filled, under `lock`, for as long as
/// the copy takes. One platform thread takes the whole group, writes it, forces it, and completes
/// its appends in order, outside the lock; meanwhile the next group fills. So while the disk is
/// busy, records gather by themselves, and nothing is delayed on purpose.
///
/// When the disk is not busy, the first record of a group waits only for appenders that have
/// reserved room and have not appended yet (they are about to), for at most the configured window.
/// A lone sender never waits. The window thus bounds what concurrency may add to the latency, and
/// saves a force per record where several requests are decoded at the same time.
///
/// Any failure of a write or force poisons the log: pending and later appends fail, since after a
/// failed force nobody can tell which pages reached the disk, and a second force may lie. The file
/// is cut back to what was acknowledged.
///
/// The files are those of [LogSegments], whose lock is never taken under `lock`. Source:
/// docs/formats/wal.md.
public final class LocalWriteLog implements WriteLog {
  private static final Logger log = LoggerFactory.getLogger(LocalWriteLog.class);
  private static final long FREE_SPACE_CHECK_BYTES = 16 << 20;
  private static final long FREE_SPACE_CHECK_NANOS = 1_000_000_000L;

  private final DurableFiles files;
  private final Path directory;
  private final LogConfig config;
  private final TimeSource time;
  private final WriteLogMetrics metrics;
  private final LogSegments segments;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final Condition room = lock.newCondition();

  @GuardedBy("lock")
  private LogGroup filling = new LogGroup();

  @GuardedBy("lock")
  private long endPosition;

  @GuardedBy("lock")
  private long takenBytes;

  // Reservations that have not become appends yet.
  @GuardedBy("lock")
  private int reservations;

  @GuardedBy("lock")
  private boolean isWriterIdle;

  @GuardedBy("lock")
  private long maxSeriesRef;

  @GuardedBy("lock")
  private long maxTenantNumber;

  @GuardedBy("lock")
  private boolean isOpen;

  private volatile @Nullable UnavailableException failure;
  private volatile long durablePosition;
  private volatile boolean isDiskFull;
  private volatile long freeSpaceCheckedNanos;

  // Confined to the log's thread, and before its start to the replaying one.
  private LogGroup spare = new LogGroup();
  private @Nullable LogGroup inFlight;
  private long uncheckedBytes;

  private @Nullable Thread thread;

  /// Prepares a log; nothing is read or written before [#replay].
  public LocalWriteLog(
      DurableFiles files,
      Path directory,
      LogConfig config,
      TimeSource time,
      WriteLogMetrics metrics,
      LogListener listener) {
    this.files = files;
    this.directory = directory;
    this.config = config;
    this.time = time;
    this.metrics = metrics;
    this.segments = new LogSegments(files, directory, config, metrics, listener);
  }

  @Override
  public LogReplayReport replay(long fromPosition, LogVisitor visitor, LogReplayProgress progress) {
    if (thread != null) {
      throw new IllegalStateException("the log has been replayed already");
    }
    try {
      LogReplayReport report = segments.replay(fromPosition, visitor, progress);
      durablePosition = report.endPosition();
      checkFreeSpace();
      start(report);
      return report;
    } catch (IOException e) {
      throw new UnavailableException("write log cannot be opened in " + directory, e);
    }
  }

  @Override
  public void reserve(long roomBytes) {
    refuseWithoutDisk();
    if (roomBytes > config.bufferBytes()) {
      metrics.refusedReservations.inc();
      throw BadRequestException.tooLarge(
          "a write needs up to "
              + roomBytes
              + " bytes of the log buffer, the limit is "
              + config.bufferBytes()
              + " bytes (log.buffer_bytes): send smaller requests");
    }
    lock.lock();
    try {
      awaitRoom(roomBytes);
      takenBytes += roomBytes;
      reservations++;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void release(long roomBytes) {
    lock.lock();
    try {
      endReservation();
      giveRoom(roomBytes);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public LogAppend append(LogRecordWriter record, long reservedBytes) {
    byte[] bytes = record.recordBytes();
    int length = record.recordLength();
    lock.lock();
    try {
      if (!isOpen || failure != null || length > reservedBytes) {
        endReservation();
        giveRoom(reservedBytes);
        refuseUnlessOpen();
        throw new AssertionError(
            "BUG: " + reservedBytes + " bytes reserved for a record of " + length);
      }
      long position = endPosition;
      LogAppend append = new LogAppend(position, record);
      filling.add(bytes, length, LogLayout.mask(segments.salt(), position), append);
      endPosition = position + length;
      maxSeriesRef = Math.max(maxSeriesRef, record.maxRef());
      maxTenantNumber = Math.max(maxTenantNumber, record.tenantNumber());
      giveRoom(reservedBytes - length);
      endReservation();
      return append;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public long endPosition() {
    lock.lock();
    try {
      return endPosition;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public long durablePosition() {
    return durablePosition;
  }

  @Override
  public boolean isHealthy() {
    return failure == null;
  }

  @Override
  public int read(LogVisitor visitor) {
    try {
      return segments.read(visitor);
    } catch (IOException e) {
      throw new UnavailableException("segments of the write log cannot be read in " + directory, e);
    }
  }

  @Override
  public int truncate(long appliedPosition, CutTimes cutTimes, CheckpointContent content) {
    Highest highest = highest();
    try {
      return segments.truncate(
          appliedPosition, cutTimes, content, highest.seriesRef, highest.tenantNumber);
    } catch (IOException e) {
      throw new UnavailableException(
          "checkpoint of the write log cannot be written in " + directory, e);
    }
  }

  @Override
  public void close(CheckpointContent content) {
    close();
    if (thread == null || failure != null) {
      return;
    }
    Highest highest = highest();
    try {
      segments.writeLastCheckpoint(content, highest.seriesRef, highest.tenantNumber);
    } catch (IOException | PalliumException e) {
      log.warn(
          "directory={}: no checkpoint was written, the next start reads segments", directory, e);
    }
  }

  /// The highest numbers that were ever given out.
  private record Highest(long seriesRef, long tenantNumber) {}

  private Highest highest() {
    lock.lock();
    try {
      return new Highest(maxSeriesRef, maxTenantNumber);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    Thread writer = thread;
    if (writer == null) {
      return;
    }
    lock.lock();
    try {
      isOpen = false;
      work.signalAll();
      room.signalAll();
    } finally {
      lock.unlock();
    }
    ThreadEnd.await(writer);
  }

  private void start(LogReplayReport report) {
    lock.lock();
    try {
      endPosition = report.endPosition();
      maxSeriesRef = report.maxSeriesRef();
      maxTenantNumber = report.maxTenantNumber();
      isOpen = true;
    } finally {
      lock.unlock();
    }
    metrics.healthy.set(1);
    thread = Thread.ofPlatform().name("pallium-log").daemon(true).start(this::run);
  }

  @GuardedBy("lock")
  private void awaitRoom(long roomBytes) {
    long remainingNanos = config.reserveTimeout().toNanos();
    refuseUnlessOpen();
    while (takenBytes + roomBytes > config.bufferBytes()) {
      if (remainingNanos <= 0) {
        metrics.refusedReservations.inc();
        throw LimitExceededException.node(
            "the log buffer of "
                + config.bufferBytes()
                + " bytes was full for "
                + config.reserveTimeout());
      }
      try {
        remainingNanos = room.awaitNanos(remainingNanos);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new UnavailableException("interrupted while waiting for the write log", e);
      }
      refuseUnlessOpen();
    }
  }

  @GuardedBy("lock")
  private void refuseUnlessOpen() {
    UnavailableException failed = failure;
    if (failed != null) {
      throw new UnavailableException(failed.getMessage(), failed);
    }
    if (!isOpen) {
      throw new UnavailableException("the write log is closed");
    }
  }

  private void refuseWithoutDisk() {
    if (!isDiskFull) {
      return;
    }
    if (time.nowNanos() - freeSpaceCheckedNanos > FREE_SPACE_CHECK_NANOS) {
      checkFreeSpace();
    }
    if (isDiskFull) {
      metrics.refusedReservations.inc();
      throw LimitExceededException.node(
          "the disk of the write log has less than "
              + config.minFreeBytes()
              + " bytes free; make room in "
              + directory);
    }
  }

  private void checkFreeSpace() {
    freeSpaceCheckedNanos = time.nowNanos();
    try {
      boolean wasFull = isDiskFull;
      long freeBytes = files.freeBytes(directory);
      isDiskFull = freeBytes < config.minFreeBytes();
      if (isDiskFull && !wasFull) {
        log.error("directory={} freeBytes={}: writes are refused", directory, freeBytes);
      }
    } catch (IOException e) {
      // The next write tells.
      log.warn("directory={}: free space is unknown", directory, e);
    }
  }

  @GuardedBy("lock")
  private void endReservation() {
    reservations--;
    if (isWriterIdle || reservations == 0) {
      work.signal();
    }
  }

  @GuardedBy("lock")
  private void giveRoom(long roomBytes) {
    takenBytes -= roomBytes;
    if (lock.hasWaiters(room)) {
      room.signalAll();
    }
  }

  private void run() {
    try {
      for (LogGroup group = nextGroup(); group != null; group = nextGroup()) {
        commit(group);
        complete(group);
        group.clear();
        spare = group;
      }
    } catch (Throwable e) {
      fail(e);
    } finally {
      segments.close();
    }
  }

  /// Waits for records and takes them; null when the log is closed and everything is written.
  private @Nullable LogGroup nextGroup() {
    lock.lock();
    try {
      while (filling.isEmpty()) {
        if (!isOpen) {
          return null;
        }
        isWriterIdle = true;
        work.awaitUninterruptibly();
        isWriterIdle = false;
      }
      awaitCompany();
      LogGroup group = filling;
      filling = spare;
      inFlight = group;
      metrics.pendingBytes.set(takenBytes);
      return group;
    } finally {
      lock.unlock();
    }
  }

  /// Waits for those who are about to append, for at most the window.
  @GuardedBy("lock")
  private void awaitCompany() {
    long remainingNanos = config.groupWindow().toNanos();
    while (isOpen && reservations > 0 && remainingNanos > 0) {
      try {
        remainingNanos = work.awaitNanos(remainingNanos);
      } catch (InterruptedException e) {
        // Nobody interrupts this thread; if someone does, there is no reason to wait.
        return;
      }
    }
  }

  private void commit(LogGroup group) throws IOException {
    segments.makeRoom(durablePosition);
    long start = time.nowNanos();
    segments.write(group);
    metrics.forceSeconds.observe((time.nowNanos() - start) / 1e9);
    metrics.records.inc(group.count());
    metrics.bytes.inc(group.lengthBytes());
    uncheckedBytes += group.lengthBytes();
    if (uncheckedBytes >= FREE_SPACE_CHECK_BYTES) {
      uncheckedBytes = 0;
      checkFreeSpace();
    }
  }

  private void complete(LogGroup group) {
    long end = durablePosition + group.lengthBytes();
    segments.extendBy(group, end);
    durablePosition = end;
    inFlight = null;
    lock.lock();
    try {
      giveRoom(group.lengthBytes());
    } finally {
      lock.unlock();
    }
    for (LogAppend append = group.first(); append != null; append = append.next) {
      append.complete(null);
    }
  }

  private void fail(Throwable cause) {
    UnavailableException failed =
        new UnavailableException(
            "write log in " + directory + " has failed and takes nothing until a restart", cause);
    log.error("directory={}: the write log has failed", directory, cause);
    metrics.healthy.set(0);
    segments.cutBack(durablePosition);
    LogGroup written = inFlight;
    LogGroup unwritten;
    lock.lock();
    try {
      failure = failed;
      unwritten = filling;
      filling = new LogGroup();
      room.signalAll();
    } finally {
      lock.unlock();
    }
    if (written != null) {
      failAll(written, failed);
    }
    failAll(unwritten, failed);
  }

  private static void failAll(LogGroup group, UnavailableException failed) {
    for (LogAppend append = group.first(); append != null; append = append.next) {
      append.completeExceptionally(failed);
    }
  }
}
