package io.pallium.tsdb.file;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The file system of this machine.
public final class LocalDurableFiles implements DurableFiles {
  // Intended: the system's locks belong to the whole process, and closing any channel of a file
  // gives up all locks of it, so a locked file must not even be opened again.
  private static final Set<Path> LOCKED = ConcurrentHashMap.newKeySet();

  private static final int WRITE_BUFFER_BYTES = 256 * 1024;

  @Override
  public AppendFile create(Path file) throws IOException {
    return new LocalAppendFile(
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
  }

  @Override
  public ReadFile openRead(Path file) throws IOException {
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
    return new LocalReadFile(channel, channel.size());
  }

  @Override
  public MemorySegment map(Path file, Arena arena) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
    }
  }

  @Override
  public void truncate(Path file, long lengthBytes) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(lengthBytes);
      channel.force(true);
    }
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public void delete(Path path) throws IOException {
    if (!Files.isDirectory(path)) {
      Files.deleteIfExists(path);
      return;
    }
    Files.walkFileTree(
        path,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure)
              throws IOException {
            if (failure != null) {
              throw failure;
            }
            Files.deleteIfExists(directory);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  @Override
  public List<String> list(Path directory) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
    } catch (NoSuchFileException | NotDirectoryException absent) {
      return List.of();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  @Override
  public void createDirectories(Path directory) throws IOException {
    if (Files.isDirectory(directory)) {
      return;
    }
    Path parent = directory.toAbsolutePath().getParent();
    if (parent != null) {
      createDirectories(parent);
    }
    Files.createDirectories(directory);
    if (parent != null) {
      forceDirectory(parent);
    }
  }

  @Override
  public void forceDirectory(Path directory) throws IOException {
    // A directory can be opened for reading and forced on the systems that we run on.
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  @Override
  public boolean exists(Path path) {
    return Files.exists(path);
  }

  @Override
  public Closeable lock(Path file) throws IOException {
    Path parent = file.toAbsolutePath().getParent();
    Path real = parent == null ? file : parent.toRealPath().resolve(file.getFileName());
    if (!LOCKED.add(real)) {
      throw new FileLockedException(file);
    }
    FileChannel channel = null;
    boolean isLocked = false;
    try {
      channel = FileChannel.open(real, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock lock = channel.tryLock();
      if (lock == null) {
        throw new FileLockedException(file);
      }
      isLocked = true;
    } finally {
      if (!isLocked) {
        unlock(real, channel);
      }
    }
    FileChannel held = channel;
    return () -> unlock(real, held);
  }

  private static void unlock(Path real, @Nullable FileChannel channel) throws IOException {
    try {
      if (channel != null) {
        channel.close();
      }
    } finally {
      LOCKED.remove(real);
    }
  }

  @Override
  public boolean isDirectory(Path path) {
    return Files.isDirectory(path);
  }

  @Override
  public long freeBytes(Path directory) throws IOException {
    return Files.getFileStore(directory).getUsableSpace();
  }

  private static final class LocalAppendFile implements AppendFile {
    private final FileChannel channel;
    // Our own, because the channel would cache one of the largest write's size per thread.
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(WRITE_BUFFER_BYTES);
    private long lengthBytes;

    LocalAppendFile(FileChannel channel) {
      this.channel = channel;
    }

    @Override
    public int write(byte[] source, int offset, int lengthBytes) throws IOException {
      buffer.clear();
      buffer.put(source, offset, Math.min(lengthBytes, WRITE_BUFFER_BYTES));
      buffer.flip();
      int written = channel.write(buffer);
      this.lengthBytes += written;
      return written;
    }

    @Override
    public void force() throws IOException {
      channel.force(false);
    }

    @Override
    public long lengthBytes() {
      return lengthBytes;
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }

  private record LocalReadFile(FileChannel channel, long lengthBytes) implements ReadFile {
    @Override
    public int read(long position, byte[] target, int offset, int lengthBytes) throws IOException {
      return channel.read(ByteBuffer.wrap(target, offset, lengthBytes), position);
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
