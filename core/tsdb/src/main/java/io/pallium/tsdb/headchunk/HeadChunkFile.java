package io.pallium.tsdb.headchunk;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.pallium.base.CorruptDataException;
import io.pallium.tsdb.file.DurableFiles;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One file and its mapping, which is made when the first chunk is read, and anew when one is read
/// that was written since. A file that cannot be read any more is in quarantine for good.
/// Thread-safe.
final class HeadChunkFile {
  private static final Logger log = LoggerFactory.getLogger(HeadChunkFile.class);

  final int number;
  final Path path;

  /// The chunks that the head holds.
  final AtomicLong live = new AtomicLong();

  private final DurableFiles files;
  private final HeadChunkMetrics metrics;
  private final Arena arena = Arena.ofShared();
  private final ReentrantLock lock = new ReentrantLock();

  private volatile MemorySegment mapped = MemorySegment.NULL;
  private volatile long lengthBytes;
  private volatile @Nullable String fault;

  HeadChunkFile(DurableFiles files, Path path, int number, HeadChunkMetrics metrics) {
    this.files = files;
    this.path = path;
    this.number = number;
    this.metrics = metrics;
  }

  /// The bytes that have been written.
  long lengthBytes() {
    return lengthBytes;
  }

  void setLengthBytes(long newLengthBytes) {
    lengthBytes = newLengthBytes;
  }

  /// The mapping, at least up to an offset.
  ///
  /// @throws CorruptDataException if the file is in quarantine, or has become too short
  MemorySegment upTo(long endOffset) {
    MemorySegment present = mapped;
    if (fault != null) {
      throw new CorruptDataException(path + " is in quarantine: " + fault);
    }
    return present.byteSize() >= endOffset ? present : map(endOffset);
  }

  /// Puts the file into quarantine.
  CorruptDataException quarantine(String reason, @Nullable Throwable cause) {
    lock.lock();
    try {
      if (fault == null) {
        fault = reason;
        metrics.quarantined.inc();
        log.error(
            "file={} is in quarantine, a restart rebuilds its chunks from the log: {}",
            path,
            reason,
            cause);
      }
    } finally {
      lock.unlock();
    }
    return new CorruptDataException(path + " is in quarantine: " + reason);
  }

  /// Ends the mapping; nobody reads any more.
  void unmap() {
    arena.close();
  }

  private MemorySegment map(long endOffset) {
    lock.lock();
    try {
      if (mapped.byteSize() < endOffset) {
        mapped = mapAll();
      }
    } catch (IOException e) {
      throw quarantine("it cannot be mapped (" + e + ")", e);
    } finally {
      lock.unlock();
    }
    if (mapped.byteSize() < endOffset) {
      throw quarantine("it has " + mapped.byteSize() + " bytes where " + endOffset + " were", null);
    }
    return mapped;
  }

  @GuardedBy("lock")
  private MemorySegment mapAll() throws IOException {
    return files.map(path, arena);
  }
}
