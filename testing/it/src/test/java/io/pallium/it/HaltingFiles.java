package io.pallium.it;

import io.pallium.it.CrashPoint.Operation;
import io.pallium.tsdb.file.AppendFile;
import io.pallium.tsdb.file.DurableFiles;
import io.pallium.tsdb.file.LocalDurableFiles;
import io.pallium.tsdb.file.ReadFile;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/// Local files whose process halts when it has passed a crash point so many times. Thread-safe.
final class HaltingFiles implements DurableFiles {
  static final int STATUS = 42;

  private final DurableFiles files = new LocalDurableFiles();
  private final Path directory;
  private final CrashPoint point;
  private final AtomicInteger countdown;

  /// @param countdown 1: the first time
  HaltingFiles(Path directory, CrashPoint point, int countdown) {
    this.directory = directory;
    this.point = point;
    this.countdown = new AtomicInteger(countdown);
  }

  private void passed(Operation operation, Path path) {
    if (point.isAt(operation, directory.relativize(path)) && countdown.decrementAndGet() == 0) {
      Runtime.getRuntime().halt(STATUS);
    }
  }

  @Override
  public AppendFile create(Path file) throws IOException {
    AppendFile created = files.create(file);
    return new AppendFile() {
      @Override
      public int write(byte[] source, int offset, int lengthBytes) throws IOException {
        int written = created.write(source, offset, lengthBytes);
        passed(Operation.WRITE, file);
        return written;
      }

      @Override
      public void force() throws IOException {
        created.force();
        passed(Operation.FORCE, file);
      }

      @Override
      public long lengthBytes() {
        return created.lengthBytes();
      }

      @Override
      public void close() throws IOException {
        created.close();
      }
    };
  }

  @Override
  public ReadFile openRead(Path file) throws IOException {
    return files.openRead(file);
  }

  @Override
  public MemorySegment map(Path file, Arena arena) throws IOException {
    return files.map(file, arena);
  }

  @Override
  public void truncate(Path file, long lengthBytes) throws IOException {
    files.truncate(file, lengthBytes);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    files.rename(from, to);
    passed(Operation.RENAME, to);
  }

  @Override
  public void delete(Path path) throws IOException {
    files.delete(path);
    passed(Operation.DELETE, path);
  }

  @Override
  public List<String> list(Path listed) throws IOException {
    return files.list(listed);
  }

  @Override
  public void createDirectories(Path created) throws IOException {
    files.createDirectories(created);
  }

  @Override
  public void forceDirectory(Path forced) throws IOException {
    files.forceDirectory(forced);
  }

  @Override
  public boolean exists(Path path) throws IOException {
    return files.exists(path);
  }

  @Override
  public boolean isDirectory(Path path) throws IOException {
    return files.isDirectory(path);
  }

  @Override
  public Closeable lock(Path file) throws IOException {
    return files.lock(file);
  }

  @Override
  public long freeBytes(Path measured) throws IOException {
    return files.freeBytes(measured);
  }
}
