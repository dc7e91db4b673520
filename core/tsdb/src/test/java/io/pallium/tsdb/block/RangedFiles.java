package io.pallium.tsdb.block;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/// The files of a block read piece by piece, as from an object store.
final class RangedFiles implements BlockFiles {
  final AtomicLong reads = new AtomicLong();
  private final Path directory;
  private final long readAheadBytes;

  RangedFiles(Path directory, long readAheadBytes) {
    this.directory = directory;
    this.readAheadBytes = readAheadBytes;
  }

  @Override
  public String location() {
    return directory.toString();
  }

  @Override
  public List<String> chunkFiles() throws IOException {
    try (Stream<Path> entries = Files.list(directory.resolve("chunks"))) {
      return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
    }
  }

  @Override
  public Optional<ByteSource> open(String name) throws IOException {
    Path path = directory.resolve(name);
    return Files.exists(path)
        ? Optional.of(new RangedSource(path, Files.size(path)))
        : Optional.empty();
  }

  @Override
  public void close() {}

  private final class RangedSource implements ByteSource {
    private final Path path;
    private final long lengthBytes;

    RangedSource(Path path, long lengthBytes) {
      this.path = path;
      this.lengthBytes = lengthBytes;
    }

    @Override
    public String name() {
      return path.toString();
    }

    @Override
    public long lengthBytes() {
      return lengthBytes;
    }

    @Override
    public Window window(long offset, long neededBytes) {
      reads.incrementAndGet();
      long wantedBytes = Math.min(lengthBytes - offset, Math.max(neededBytes, readAheadBytes));
      ByteBuffer bytes = ByteBuffer.allocate((int) wantedBytes);
      try (FileChannel channel = FileChannel.open(path)) {
        if (channel.read(bytes, offset) != wantedBytes) {
          throw new AssertionError(path + " has no bytes " + offset + " + " + wantedBytes);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return new Window(MemorySegment.ofArray(bytes.array()).asReadOnly(), offset);
    }
  }
}
