package io.pallium.tsdb.log;

import io.pallium.base.CorruptDataException;
import io.pallium.base.UnavailableException;
import io.pallium.tsdb.file.DurableFiles;
import io.pallium.tsdb.file.ReadFile;
import io.pallium.tsdb.log.LogReplayReport.Damage;
import io.pallium.tsdb.log.LogReplayReport.DamageKind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One reading of a log directory: checkpoints first, the newest of them, and an older one if that
/// is not whole; then segments: those that the checkpoint does not stand for, or all that are there
/// if it is not whole or what it relies on is not. Cuts a torn tail and removes what was left over.
///
/// Whatever it finds in a file, it goes on; a file that cannot be read ends it, since what it holds
/// was acknowledged and is perhaps still there. Used once, confined.
final class LogReplay {
  private static final Logger log = LoggerFactory.getLogger(LogReplay.class);
  private static final int MAX_LISTED_DAMAGE = 100;
  private static final long PROGRESS_BYTES = 1 << 20;

  private final DurableFiles files;
  private final Path directory;
  private final long fromPosition;
  private final LogVisitor visitor;
  private final LogReplayProgress progress;
  private final LogRecordReader reader = new LogRecordReader();

  private final List<LogSegment> segments = new ArrayList<>();

  // The newest checkpoint that is whole, and those before it, which nobody has looked at.
  private final List<Long> wholeCheckpoints = new ArrayList<>();

  // What the checkpoint that was read last says of the segments that it stands for.
  private final Map<Long, LogSegment> described = new HashMap<>();
  private final List<Damage> damage = new ArrayList<>();
  private final Map<DamageKind, Long> damageCounts = new EnumMap<>(DamageKind.class);
  private long records;
  private long samples;
  private long bytesDone;
  private long bytesTotal;
  private long bytesReported;
  private int filesDone;
  private int filesTotal;
  private int segmentsRead;
  private long endPosition;
  private long nextNumber;
  private long checkpoint = -1;
  private long maxSeriesRef;
  private long maxTenantNumber;
  private long checkpointRecords;
  private boolean hasSeenEnd;

  LogReplay(
      DurableFiles files,
      Path directory,
      long fromPosition,
      LogVisitor visitor,
      LogReplayProgress progress) {
    this.files = files;
    this.directory = directory;
    this.fromPosition = fromPosition;
    this.visitor = visitor;
    this.progress = progress;
  }

  /// Reads everything.
  ///
  /// @throws IOException if the directory cannot be listed or a torn tail cannot be cut: then
  ///   nothing can be appended either
  /// @throws UnavailableException if a file cannot be read
  LogReplayReport run() throws IOException {
    // A rename may not be on the disk yet; what it replaces must not go before it is.
    files.forceDirectory(directory);
    List<String> names = files.list(directory);
    removeLeftovers(names);
    List<Long> checkpoints = numbers(names, LogLayout::checkpointNumber);
    List<Long> segmentNumbers = numbers(names, LogLayout::segmentNumber);
    measure(checkpoints, segmentNumbers);
    readCheckpoints(checkpoints.reversed(), segmentNumbers);
    if (checkpoint >= 0) {
      passOver(segmentNumbers);
      nextNumber = checkpoint;
    } else {
      nextNumber = firstExpected(checkpoints, segmentNumbers);
    }
    for (long number : segmentNumbers) {
      readSegment(number, number == segmentNumbers.getLast());
    }
    if (!checkpoints.isEmpty()) {
      nextNumber = Math.max(nextNumber, checkpoints.getLast());
    }
    long found = damageCount();
    if (found > damage.size()) {
      log.warn("log damage found={} listed={}", found, damage.size());
    }
    return new LogReplayReport(
        segmentsRead,
        records,
        samples,
        bytesDone,
        endPosition,
        maxSeriesRef,
        maxTenantNumber,
        damageCounts,
        damage);
  }

  /// The segments that stay, oldest first.
  List<LogSegment> segments() {
    return segments;
  }

  /// The number of the segment to be created next.
  long nextNumber() {
    return nextNumber;
  }

  /// The numbers of the newest checkpoint that is whole and of those before it.
  List<Long> wholeCheckpoints() {
    return wholeCheckpoints;
  }

  /// Whether the first of these stood for the segments before it: they were not read.
  boolean isCheckpointUsed() {
    return checkpoint >= 0;
  }

  /// Deletes what was not finished.
  private void removeLeftovers(List<String> names) throws IOException {
    for (String name : names) {
      if (name.endsWith(LogLayout.TEMPORARY_SUFFIX)) {
        files.delete(directory.resolve(name));
      }
    }
  }

  /// The numbers in the names of files of one kind, ascending.
  private static List<Long> numbers(List<String> names, ToLongFunction<String> numberOf) {
    return names.stream()
        .mapToLong(numberOf)
        .filter(number -> number >= 0)
        .sorted()
        .boxed()
        .collect(Collectors.toCollection(ArrayList::new));
  }

  private void measure(List<Long> checkpoints, List<Long> segmentNumbers) {
    filesTotal = segmentNumbers.size();
    for (long number : segmentNumbers) {
      bytesTotal += length(LogLayout.segmentName(number));
    }
    if (!checkpoints.isEmpty()) {
      filesTotal++;
      bytesTotal += length(LogLayout.checkpointName(checkpoints.getLast()));
    }
  }

  private long length(String name) {
    try (ReadFile file = files.openRead(directory.resolve(name))) {
      return file.lengthBytes();
    } catch (IOException e) {
      // Reported when it is read.
      return 0;
    }
  }

  /// Reads checkpoints until one is whole, the newest first.
  private void readCheckpoints(List<Long> newestFirst, List<Long> segmentNumbers) {
    for (long number : newestFirst) {
      long damageBefore = damageCount();
      visitor.beginCheckpoint();
      readCheckpoint(number);
      boolean isWhole = hasSeenEnd && damageCount() == damageBefore;
      // A segment that it does not know of was not there when it was written.
      boolean isComplete =
          segmentNumbers.stream().allMatch(each -> each >= number || described.containsKey(each));
      if (visitor.endCheckpoint(isWhole && isComplete)) {
        checkpoint = number;
      }
      if (isWhole) {
        newestFirst.stream().filter(each -> each <= number).forEach(wholeCheckpoints::add);
        return;
      }
    }
  }

  private void readCheckpoint(long number) {
    String name = LogLayout.checkpointName(number);
    described.clear();
    hasSeenEnd = false;
    checkpointRecords = 0;
    try (ReadFile file = files.openRead(directory.resolve(name))) {
      LogFileScanner scanner = new LogFileScanner(file, name);
      if (!scanner.readHeader() || scanner.kind() != LogLayout.KIND_CHECKPOINT) {
        addDamage(new Damage(DamageKind.BAD_FILE, name, 0, file.lengthBytes()));
      } else {
        endPosition = Math.max(endPosition, scanner.basePosition());
        visitor.beginFile(name);
        readRecords(scanner, name, new LogSegment(0, 0), true);
        scanner.takeDamage().forEach(this::addDamage);
        if (!hasSeenEnd) {
          addDamage(new Damage(DamageKind.UNREADABLE, name, file.lengthBytes(), 0));
        }
      }
      endFile(file.lengthBytes());
    } catch (IOException e) {
      throw unreadable(name, e);
    }
  }

  /// The number of the first segment of those that should be there: with a checkpoint, the first
  /// that it does not stand for, or one before that has not been removed.
  private long firstExpected(List<Long> checkpoints, List<Long> segmentNumbers) {
    if (checkpoints.isEmpty()) {
      return 1;
    }
    long expected =
        wholeCheckpoints.isEmpty() ? checkpoints.getLast() : wholeCheckpoints.getFirst();
    return segmentNumbers.isEmpty() ? expected : Math.min(expected, segmentNumbers.getFirst());
  }

  /// Leaves the segments out that the checkpoint stands for; they stay until blocks have their
  /// samples.
  private void passOver(List<Long> segmentNumbers) {
    while (!segmentNumbers.isEmpty() && segmentNumbers.getFirst() < checkpoint) {
      long number = segmentNumbers.removeFirst();
      LogSegment segment = described.get(number);
      if (segment != null) {
        segments.add(segment);
      }
      endFile(length(LogLayout.segmentName(number)));
    }
  }

  private void readSegment(long number, boolean isLast) throws IOException {
    String name = LogLayout.segmentName(number);
    if (number > nextNumber) {
      addDamage(new Damage(DamageKind.MISSING_FILE, LogLayout.segmentName(nextNumber), 0, 0));
    }
    nextNumber = number + 1;
    segmentsRead++;
    LogFileScanner scanner;
    long length;
    try (ReadFile file = files.openRead(directory.resolve(name))) {
      length = file.lengthBytes();
      scanner = new LogFileScanner(file, name);
      if (!scanner.readHeader()
          || scanner.kind() != LogLayout.KIND_SEGMENT
          || scanner.number() != number) {
        endFile(length);
        endBadSegment(name, number, length, isLast);
        return;
      }
      LogSegment segment = new LogSegment(number, scanner.basePosition());
      segments.add(segment);
      endPosition = Math.max(endPosition, scanner.endPosition());
      segment.extendTo(scanner.endPosition());
      visitor.beginFile(name);
      readRecords(scanner, name, segment, false);
      endFile(length);
    } catch (IOException e) {
      throw unreadable(name, e);
    }
    if (isLast) {
      cutTail(scanner, name, length);
    } else {
      scanner.takeDamage().forEach(this::addDamage);
    }
  }

  private void readRecords(
      LogFileScanner scanner, String name, LogSegment segment, boolean isCheckpoint)
      throws IOException {
    long fileStart = bytesDone;
    while (scanner.next()) {
      scanner.takeDamage().forEach(this::addDamage);
      readRecord(scanner, name, segment, isCheckpoint);
      bytesDone = fileStart + scanner.offset();
      if (bytesDone - bytesReported >= PROGRESS_BYTES) {
        reportProgress();
      }
    }
    bytesDone = fileStart;
  }

  private void readRecord(
      LogFileScanner scanner, String name, LogSegment segment, boolean isCheckpoint) {
    long length = LogLayout.RECORD_HEADER + (long) scanner.payloadLength();
    int type = scanner.type();
    if (!scanner.isSupported() || type < LogLayout.BATCH || type > LogLayout.CHECKPOINT_SEGMENT) {
      addDamage(new Damage(DamageKind.UNSUPPORTED, name, scanner.recordOffset(), length));
      return;
    }
    long position = scanner.recordPosition();
    boolean isVisited = isCheckpoint || position >= fromPosition;
    try {
      reader.read(
          type,
          scanner.flags(),
          scanner.bytes(),
          scanner.payloadOffset(),
          scanner.payloadLength(),
          position,
          isVisited ? visitor : SilentVisitor.INSTANCE);
    } catch (CorruptDataException e) {
      log.warn("record={} file={} does not decode", scanner.recordOffset(), name, e);
      addDamage(new Damage(DamageKind.BAD_RECORD, name, scanner.recordOffset(), length));
      // What came before the damage was visited, and counts: its refs must not be given again.
      noteRead(segment);
      return;
    }
    noteRead(segment);
    if (isCheckpoint) {
      noteCheckpoint();
    }
    if (isVisited) {
      records++;
      samples += reader.sampleCount;
    }
  }

  private void noteCheckpoint() {
    LogSegment segment = reader.checkpointSegment;
    if (segment != null) {
      described.put(segment.number(), segment);
    }
    hasSeenEnd |= reader.checkpointRecords == checkpointRecords - 1;
    checkpointRecords++;
  }

  private void noteRead(LogSegment segment) {
    segment.addTimes(reader.tenantNumber, reader.minTimeMs, reader.maxTimeMs);
    maxSeriesRef = Math.max(maxSeriesRef, reader.maxRef);
    maxTenantNumber = Math.max(maxTenantNumber, reader.maxTenantNumber);
  }

  /// The last segment ends where its last valid record ends; an empty one gives its number back.
  private void cutTail(LogFileScanner scanner, String name, long length) throws IOException {
    Path path = directory.resolve(name);
    if (length > scanner.goodEnd()) {
      addDamage(
          new Damage(DamageKind.TORN_TAIL, name, scanner.goodEnd(), length - scanner.goodEnd()));
    }
    // Forced also if nothing is cut: what was replayed out of the page cache counts as stored, and
    // repeated samples will be acknowledged without a new record.
    files.truncate(path, scanner.goodEnd());
    if (scanner.goodEnd() == LogLayout.FILE_RECORDS) {
      files.delete(path);
      segments.removeLast();
      nextNumber--;
    }
  }

  /// A segment without a header. If it is the last one and has no records, the process ended while
  /// it was created.
  private void endBadSegment(String name, long number, long length, boolean isLast)
      throws IOException {
    if (isLast && length <= LogLayout.FILE_RECORDS) {
      addDamage(new Damage(DamageKind.TORN_TAIL, name, 0, length));
      files.delete(directory.resolve(name));
      nextNumber--;
      return;
    }
    addDamage(new Damage(DamageKind.BAD_FILE, name, 0, length));
    // It stays until truncation comes by, because somebody may want to look at it.
    endPosition += length;
    LogSegment segment = new LogSegment(number, endPosition);
    segments.add(segment);
  }

  private UnavailableException unreadable(String name, IOException e) {
    return new UnavailableException(
        "file "
            + directory.resolve(name)
            + " of the write log cannot be read ("
            + e
            + "); what it holds was acknowledged: mend the disk or the permissions, or move the file"
            + " away to start without it",
        e);
  }

  private void endFile(long length) {
    bytesDone += length;
    filesDone++;
    reportProgress();
  }

  private void reportProgress() {
    bytesReported = bytesDone;
    progress.update(filesDone, filesTotal, bytesDone, Math.max(bytesDone, bytesTotal));
  }

  private long damageCount() {
    return damageCounts.values().stream().mapToLong(Long::longValue).sum();
  }

  private void addDamage(Damage found) {
    damageCounts.merge(found.kind(), 1L, Long::sum);
    if (damage.size() < MAX_LISTED_DAMAGE) {
      damage.add(found);
      log.warn(
          "log damage kind={} file={} offset={} bytes={}",
          found.kind(),
          found.file(),
          found.offset(),
          found.bytes());
    }
  }
}
