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
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One reading of a log directory: checkpoint first, then the segments; cuts a torn tail and
/// removes what was left over. Whatever it finds in a file, it goes on; a file that cannot be read
/// ends it, since what it holds was acknowledged and is perhaps still there. Used once, confined.
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
  private long nextNumber = 1;
  private long maxSeriesRef;
  private long maxTenantNumber;
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
    long checkpoint = removeLeftovers(names);
    List<String> segmentNames = new ArrayList<>();
    for (String name : names) {
      if (LogLayout.segmentNumber(name) >= Math.max(checkpoint, 0)) {
        segmentNames.add(name);
      }
    }
    segmentNames.sort(
        (a, b) -> Long.compare(LogLayout.segmentNumber(a), LogLayout.segmentNumber(b)));
    measure(checkpoint, segmentNames);
    if (checkpoint >= 0) {
      readCheckpoint(LogLayout.checkpointName(checkpoint));
      nextNumber = checkpoint;
    }
    for (int i = 0; i < segmentNames.size(); i++) {
      readSegment(segmentNames.get(i), i == segmentNames.size() - 1);
    }
    long found = damageCounts.values().stream().mapToLong(Long::longValue).sum();
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

  /// Deletes what an interrupted truncation left.
  ///
  /// @return the number of the checkpoint to be read, or -1
  private long removeLeftovers(List<String> names) throws IOException {
    long checkpoint = -1;
    for (String name : names) {
      checkpoint = Math.max(checkpoint, LogLayout.checkpointNumber(name));
    }
    for (String name : names) {
      long asCheckpoint = LogLayout.checkpointNumber(name);
      long asSegment = LogLayout.segmentNumber(name);
      if (name.endsWith(LogLayout.TEMPORARY_SUFFIX)
          || (asCheckpoint >= 0 && asCheckpoint < checkpoint)
          || (asSegment >= 0 && asSegment < checkpoint)) {
        files.delete(directory.resolve(name));
      }
    }
    return checkpoint;
  }

  private void measure(long checkpoint, List<String> segmentNames) {
    filesTotal = segmentNames.size() + (checkpoint >= 0 ? 1 : 0);
    if (checkpoint >= 0) {
      bytesTotal += length(LogLayout.checkpointName(checkpoint));
    }
    for (String name : segmentNames) {
      bytesTotal += length(name);
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

  private void readCheckpoint(String name) {
    try (ReadFile file = files.openRead(directory.resolve(name))) {
      LogFileScanner scanner = new LogFileScanner(file, name);
      if (!scanner.readHeader() || scanner.kind() != LogLayout.KIND_CHECKPOINT) {
        addDamage(new Damage(DamageKind.BAD_FILE, name, 0, file.lengthBytes()));
      } else {
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

  private void readSegment(String name, boolean isLast) throws IOException {
    long number = LogLayout.segmentNumber(name);
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
    if (!scanner.isSupported() || type < LogLayout.BATCH || type > LogLayout.CHECKPOINT_END) {
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
    hasSeenEnd |= isCheckpoint && type == LogLayout.CHECKPOINT_END;
    noteRead(segment);
    if (isVisited) {
      records++;
      samples += reader.sampleCount;
    }
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
