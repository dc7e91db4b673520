package io.pallium.objectstore;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A lock that one thread of one process holds at a time: a lock between threads around a lock on a
/// file. The latter is asked for again and again, since waiting for it would not end on an
/// interrupt without closing the file.
final class NameLock implements AutoCloseable {
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  private final Path file;
  private final FileChannel channel;
  private final ReentrantLock threads = new ReentrantLock();
  private final Condition never = threads.newCondition();

  /// The lock while it is held.
  interface Held extends AutoCloseable {
    @Override
    void close() throws IOException;
  }

  NameLock(Path file) throws IOException {
    this.file = file;
    this.channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
  }

  Held acquire() throws IOException {
    try {
      threads.lockInterruptibly();
    } catch (InterruptedException e) {
      throw StoreException.canceled("lock " + file, e);
    }
    boolean isHeld = false;
    try {
      FileLock fileLock = await();
      isHeld = true;
      return () -> {
        try {
          fileLock.release();
        } finally {
          threads.unlock();
        }
      };
    } finally {
      if (!isHeld) {
        threads.unlock();
      }
    }
  }

  private FileLock await() throws IOException {
    while (true) {
      FileLock fileLock = tryLock();
      if (fileLock != null) {
        return fileLock;
      }
      try {
        long unused = never.awaitNanos(PAUSE_NANOS);
      } catch (InterruptedException e) {
        throw StoreException.canceled("lock " + file, e);
      }
    }
  }

  private @Nullable FileLock tryLock() throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException _) {
      return null; // Another store of this process has the same directory.
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new StoreException(StoreException.Kind.UNAVAILABLE, "close " + file + ": " + e, e);
    }
  }
}
