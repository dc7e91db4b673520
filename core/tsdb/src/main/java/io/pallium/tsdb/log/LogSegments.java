package io.pallium.tsdb.log;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.pallium.base.CorruptDataException;
import io.pallium.tsdb.file.AppendFile;
import io.pallium.tsdb.file.DurableFiles;
import io.pallium.tsdb.file.ReadFile;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The files of a local write log: the segment that is written to, those before it, and the
/// checkpoint that stands for some of these and for what was removed, with the one before it as a
/// spare. Nothing is removed that the spare does not stand for: whichever of the two is damaged,
/// the other and the segments have it all.
///
/// One thread replays, and then one writes; [#truncate] may run beside it, one at a time. What is
/// known of each segment is guarded by `lock`, the last one taken. Source: docs/formats/wal.md.
final class LogSegments {
  private static final Logger log = LoggerFactory.getLogger(LogSegments.class);

  // So many segments at most are replayed after a kill, and those that were begun meanwhile.
  private static final int CHECKPOINT_SEGMENTS = 4;

  private final DurableFiles files;
  private final Path directory;
  private final LogConfig config;
  private final WriteLogMetrics metrics;
  private final LogListener listener;
  private final int salt = new SecureRandom().nextInt();

  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private final ArrayDeque<LogSegment> segments = new ArrayDeque<>();

  // The rest up to the file is confined to the thread that replays, then to who truncates.

  // The number of the newest whole checkpoint, and of the one before it; -1 if there is none.
  private long newest = -1;
  private long spare = -1;

  // Whether a start that finds the newest one need not read the segments that it stands for.
  private boolean isNewestUsable;

  // The number of the last segment that was forgotten and perhaps not deleted yet; -1 if none is.
  private long forgotten = -1;

  // Confined to the thread that writes.
  private @Nullable AppendFile file;
  private long nextNumber;
  private long basePosition;

  LogSegments(
      DurableFiles files,
      Path directory,
      LogConfig config,
      WriteLogMetrics metrics,
      LogListener listener) {
    this.files = files;
    this.directory = directory;
    this.config = config;
    this.metrics = metrics;
    this.listener = listener;
  }

  /// What the header checks of records in these files are masked with.
  int salt() {
    return salt;
  }

  /// Reads all files and opens a new segment behind them.
  LogReplayReport replay(long fromPosition, LogVisitor visitor, LogReplayProgress progress)
      throws IOException {
    files.createDirectories(directory);
    LogReplay replay = new LogReplay(files, directory, fromPosition, visitor, progress);
    LogReplayReport report = replay.run();
    report
        .damageCounts()
        .forEach(
            (kind, count) -> metrics.damage.labelValues(WriteLogMetrics.label(kind)).inc(count));
    nextNumber = replay.nextNumber();
    List<Long> checkpoints = replay.wholeCheckpoints();
    newest = checkpoints.isEmpty() ? -1 : checkpoints.getFirst();
    spare = checkpoints.size() < 2 ? -1 : checkpoints.get(1);
    isNewestUsable = replay.isCheckpointUsed();
    lock.lock();
    try {
      segments.addAll(replay.segments());
    } finally {
      lock.unlock();
    }
    openNext(report.endPosition());
    return report;
  }

  /// Opens the next segment if the present one has reached its size.
  ///
  /// @param position of the next record
  void makeRoom(long position) throws IOException {
    if (file == null || file.lengthBytes() >= config.segmentBytes()) {
      openNext(position);
    }
  }

  /// Writes a group behind the last one and forces it, if so configured.
  void write(LogGroup group) throws IOException {
    AppendFile target = file;
    if (target == null) {
      throw new IllegalStateException("no segment is open");
    }
    target.writeFully(group.bytes(), 0, group.lengthBytes());
    if (config.isForced()) {
      target.force();
    }
  }

  /// Notes a group that was written.
  ///
  /// @param end the position behind it
  void extendBy(LogGroup group, long end) {
    lock.lock();
    try {
      LogSegment segment = segments.getLast();
      for (LogAppend append = group.first(); append != null; append = append.next) {
        segment.addTimes(append.tenantNumber, append.minTimeMs, append.maxTimeMs);
      }
      segment.extendTo(end);
    } finally {
      lock.unlock();
    }
  }

  /// Takes back what was written behind a position and may never reach the disk, though the page
  /// cache shows it: a restart would take it for stored. Nobody was told that it is.
  void cutBack(long position) {
    if (file == null) {
      return;
    }
    Path path = directory.resolve(LogLayout.segmentName(nextNumber - 1));
    try {
      files.truncate(path, LogLayout.FILE_RECORDS + position - basePosition);
    } catch (IOException e) {
      log.error("file={}: unacknowledged records could not be cut off", path, e);
    }
  }

  /// Closes the present segment.
  void close() {
    AppendFile open = file;
    if (open == null) {
      return;
    }
    try {
      open.close();
    } catch (IOException e) {
      log.warn("directory={}: the last segment was not closed", directory, e);
    }
  }

  /// Reads the segments that are there; see [WriteLog#read].
  int read(LogVisitor visitor) throws IOException {
    List<LogSegment> present;
    lock.lock();
    try {
      present = List.copyOf(segments);
    } finally {
      lock.unlock();
    }
    LogRecordReader reader = new LogRecordReader();
    int damaged = 0;
    for (LogSegment segment : present) {
      String name = LogLayout.segmentName(segment.number());
      try (ReadFile input = files.openRead(directory.resolve(name))) {
        LogFileScanner scanner = new LogFileScanner(input, name);
        damaged += scanner.readHeader() ? readRecords(scanner, reader, visitor) : 1;
        if (segment != present.getLast()) {
          // The last one is written to.
          damaged += scanner.takeDamage().size();
        }
      }
    }
    return damaged;
  }

  /// @return the damaged places before the last record that is not
  private static int readRecords(LogFileScanner scanner, LogRecordReader reader, LogVisitor visitor)
      throws IOException {
    int damaged = 0;
    while (scanner.next()) {
      damaged += scanner.takeDamage().size();
      if (!scanner.isSupported()) {
        damaged++;
        continue;
      }
      try {
        reader.read(
            scanner.type(),
            scanner.flags(),
            scanner.bytes(),
            scanner.payloadOffset(),
            scanner.payloadLength(),
            scanner.recordPosition(),
            visitor);
      } catch (CorruptDataException e) {
        log.debug("record={} does not decode", scanner.recordOffset(), e);
        damaged++;
      }
    }
    return damaged;
  }

  /// Removes the leading closed segments that nobody needs and two checkpoints stand for, and
  /// writes a checkpoint if that takes one or if many segments have come since the last one; see
  /// [WriteLog#truncate].
  ///
  /// @param maxSeriesRef the highest that was given out below `appliedPosition`, at least
  /// @param maxTenantNumber the same of tenants
  /// @return how many were removed
  int truncate(
      long appliedPosition,
      WriteLog.CutTimes cutTimes,
      CheckpointContent content,
      long maxSeriesRef,
      long maxTenantNumber)
      throws IOException {
    deleteForgotten();
    List<LogSegment> applied = new ArrayList<>();
    long unneeded = -1;
    lock.lock();
    try {
      boolean isUnneeded = true;
      for (LogSegment segment : segments) {
        if (segment == segments.getLast() || segment.endPosition() > appliedPosition) {
          break;
        }
        isUnneeded = isUnneeded && segment.isBelow(cutTimes);
        if (isUnneeded) {
          unneeded = segment.number();
        }
        applied.add(segment);
      }
    } finally {
      lock.unlock();
    }
    if (applied.isEmpty()) {
      return 0;
    }
    if (isCheckpointDue(applied, unneeded)) {
      writeCheckpoint(applied, content, maxSeriesRef, maxTenantNumber);
    }
    int removed = forgetUpTo(Math.min(unneeded, spare - 1));
    deleteForgotten();
    return removed;
  }

  /// @param unneeded the number of the last of the segments that nobody needs; -1 if there is none
  private boolean isCheckpointDue(List<LogSegment> applied, long unneeded) {
    long number = applied.getLast().number() + 1;
    if (unneeded >= Math.max(spare, 0) && number > newest) {
      return true;
    }
    long first = applied.getFirst().number();
    return number - (isNewestUsable ? Math.max(newest, first) : first) >= CHECKPOINT_SEGMENTS;
  }

  /// Writes a checkpoint that stands for all segments, when nobody writes any more, unless the last
  /// one does.
  void writeLastCheckpoint(CheckpointContent content, long maxSeriesRef, long maxTenantNumber)
      throws IOException {
    List<LogSegment> all;
    lock.lock();
    try {
      all = List.copyOf(segments);
    } finally {
      lock.unlock();
    }
    deleteForgotten();
    LogSegment last = all.getLast();
    if (last.number() != newest || !isNewestUsable || last.endPosition() > basePosition) {
      writeCheckpoint(all, content, maxSeriesRef, maxTenantNumber);
    }
  }

  /// Closes the present segment and creates the next one, durable with its name.
  private void openNext(long position) throws IOException {
    if (file != null) {
      file.close();
      file = null;
    }
    long number = nextNumber++;
    AppendFile created = files.create(directory.resolve(LogLayout.segmentName(number)));
    file = created;
    basePosition = position;
    byte[] header = LogLayout.fileHeader(LogLayout.KIND_SEGMENT, number, position, salt);
    created.writeFully(header, 0, header.length);
    if (config.isForced()) {
      created.force();
      files.forceDirectory(directory);
    }
    int count;
    Map<Long, Long> pinning = new HashMap<>();
    lock.lock();
    try {
      segments.addLast(new LogSegment(number, position));
      count = segments.size();
      if (count > config.maxSegments()) {
        segments.stream().limit(count / 2).forEach(segment -> segment.addTimesTo(pinning));
      }
    } finally {
      lock.unlock();
    }
    metrics.segments.set(count);
    if (count > config.maxSegments()) {
      listener.tooManySegments(count, pinning);
    }
  }

  private void writeCheckpoint(
      List<LogSegment> before, CheckpointContent content, long maxSeriesRef, long maxTenantNumber)
      throws IOException {
    LogSegment last = before.getLast();
    long number = last.number() + 1;
    Path path = directory.resolve(LogLayout.checkpointName(number));
    Path temporary = path.resolveSibling(path.getFileName() + LogLayout.TEMPORARY_SUFFIX);
    files.delete(temporary);
    try (CheckpointWriter writer =
        new CheckpointWriter(files, temporary, number, last.endPosition(), salt)) {
      writer.writeAll(before, content, maxSeriesRef, maxTenantNumber);
    }
    files.rename(temporary, path);
    files.forceDirectory(directory);
    if (number != newest) {
      spare = newest;
      newest = number;
    }
    isNewestUsable = true;
    for (String name : files.list(directory)) {
      long other = LogLayout.checkpointNumber(name);
      if (other >= 0 && other != newest && other != spare) {
        files.delete(directory.resolve(name));
      }
    }
  }

  /// Forgets segments, so that nobody looks for them when they go.
  ///
  /// @return how many
  private int forgetUpTo(long lastNumber) {
    int removed = 0;
    lock.lock();
    try {
      while (segments.getFirst().number() <= lastNumber) {
        forgotten = segments.removeFirst().number();
        removed++;
      }
      metrics.segments.set(segments.size());
    } finally {
      lock.unlock();
    }
    metrics.truncatedSegments.inc(removed);
    return removed;
  }

  /// Deletes the files of forgotten segments, those of an earlier call that failed too: a
  /// checkpoint that does not know of a segment that is there would not be used.
  private void deleteForgotten() throws IOException {
    if (forgotten < 0) {
      return;
    }
    for (String name : files.list(directory)) {
      long number = LogLayout.segmentNumber(name);
      if (number >= 0 && number <= forgotten) {
        files.delete(directory.resolve(name));
      }
    }
    files.forceDirectory(directory);
    forgotten = -1;
  }
}
