package io.pallium.tsdb.block;

import io.pallium.tsdb.file.DurableFiles;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// The files of a block in a directory, mapped until they are closed.
final class MappedBlockFiles implements BlockFiles {
  private final DurableFiles files;
  private final Path directory;
  private final Arena arena = Arena.ofShared();

  MappedBlockFiles(DurableFiles files, Path directory) {
    this.files = files;
    this.directory = directory;
  }

  @Override
  public String location() {
    return directory.toString();
  }

  @Override
  public List<String> chunkFiles() throws IOException {
    return files.list(directory.resolve(BlockLayout.CHUNKS));
  }

  @Override
  public Optional<ByteSource> open(String name) throws IOException {
    Path path = directory.resolve(name);
    if (!files.exists(path)) {
      return Optional.empty();
    }
    return Optional.of(new MappedSource(path.toString(), files.map(path, arena)));
  }

  @Override
  public void close() {
    arena.close();
  }

  /// A mapping as a source.
  record MappedSource(String name, MemorySegment segment) implements ByteSource {
    @Override
    public long lengthBytes() {
      return segment.byteSize();
    }

    @Override
    public Window window(long offset, long lengthBytes) {
      return new Window(segment, 0);
    }
  }
}
