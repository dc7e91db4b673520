package io.pallium.tsdb.block;

import io.pallium.base.CorruptDataException;
import io.pallium.base.UnavailableException;
import io.pallium.storage.Querier;
import io.pallium.storage.QueryControl;
import io.pallium.tsdb.file.DurableFiles;
import io.pallium.tsdb.file.ReadFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/// An open block: its files mapped, ready to be queried. Thread-safe.
///
/// The mappings live as long as the block is open or a querier of it is: [#close] ends the block
/// for new queriers, and the last querier to be closed ends the mappings. Damage is found by
/// checksums, those of tables here and those of postings, series and chunks when they are read;
/// every failure names the file and the offset. Source: docs/formats/block.md.
public final class BlockReader implements AutoCloseable {
  private static final int MAX_META_BYTES = 64 << 20;

  private final Path directory;
  private final BlockMeta meta;
  private final Arena arena;
  private final IndexReader index;
  private final Tombstones tombstones;
  private final ChunkSegments chunks;
  private final long lengthBytes;

  /// The open block counts as one, each querier as one more.
  private final AtomicInteger users = new AtomicInteger(1);

  private final AtomicInteger closed = new AtomicInteger();

  private BlockReader(DurableFiles files, Path directory, Arena arena, boolean isVerifying)
      throws IOException {
    this.directory = directory;
    this.arena = arena;
    this.meta = readMeta(files, directory);
    Path indexFile = directory.resolve(BlockLayout.INDEX);
    MemorySegment indexSegment = files.map(indexFile, arena);
    this.index = new IndexReader(indexSegment, indexFile, isVerifying);
    Path tombstonesFile = directory.resolve(BlockLayout.TOMBSTONES);
    this.tombstones =
        files.exists(tombstonesFile)
            ? Tombstones.read(files.map(tombstonesFile, arena), tombstonesFile)
            : Tombstones.NONE;
    this.chunks =
        ChunkSegments.open(files, directory.resolve(BlockLayout.CHUNKS), arena, isVerifying);
    this.lengthBytes = indexSegment.byteSize() + chunks.lengthBytes();
    long series = index.access().allPostings().count();
    if (series != meta.stats().series()) {
      throw new CorruptDataException(
          directory
              + " has "
              + meta.stats().series()
              + " series in meta.json and "
              + series
              + " in the index");
    }
  }

  /// Opens the block in a directory that is named after it.
  ///
  /// @throws CorruptDataException if files are missing or damaged
  public static BlockReader open(DurableFiles files, Path directory) throws IOException {
    return open(files, directory, true);
  }

  /// Opens the block in a directory that is named after it.
  ///
  /// @param isVerifying whether checksums are compared
  /// @throws CorruptDataException if files are missing or damaged
  public static BlockReader open(DurableFiles files, Path directory, boolean isVerifying)
      throws IOException {
    Arena arena = Arena.ofShared();
    boolean isOpen = false;
    try {
      BlockReader reader = new BlockReader(files, directory, arena, isVerifying);
      isOpen = true;
      return reader;
    } finally {
      if (!isOpen) {
        arena.close();
      }
    }
  }

  public BlockMeta meta() {
    return meta;
  }

  public Path directory() {
    return directory;
  }

  /// The size of the mapped files in bytes.
  public long lengthBytes() {
    return lengthBytes;
  }

  /// Opens a view of `[minTimeMs, maxTimeMs]`, both inclusive, which keeps the block readable until
  /// it is closed.
  ///
  /// @throws UnavailableException if the block is closed
  public Querier querier(long minTimeMs, long maxTimeMs, QueryControl control) {
    return tryQuerier(minTimeMs, maxTimeMs, control)
        .orElseThrow(() -> new UnavailableException("block " + directory + " is closed"));
  }

  /// As [#querier], but empty if the block is closed.
  Optional<Querier> tryQuerier(long minTimeMs, long maxTimeMs, QueryControl control) {
    int before;
    do {
      before = users.get();
      if (before == 0 || closed.get() != 0) {
        return Optional.empty();
      }
    } while (!users.compareAndSet(before, before + 1));
    return Optional.of(new BlockQuerier(this, minTimeMs, maxTimeMs, control));
  }

  /// Lets no new queriers in; those that are open can be used until they are closed.
  @Override
  public void close() {
    if (closed.compareAndSet(0, 1)) {
      release();
    }
  }

  void release() {
    if (users.decrementAndGet() == 0) {
      arena.close();
    }
  }

  IndexReader index() {
    return index;
  }

  Tombstones tombstones() {
    return tombstones;
  }

  ChunkSegments chunks() {
    return chunks;
  }

  private static BlockMeta readMeta(DurableFiles files, Path directory) throws IOException {
    Path path = directory.resolve(BlockLayout.META);
    if (!files.exists(path)) {
      throw new CorruptDataException(path + " is missing");
    }
    byte[] bytes;
    try (ReadFile file = files.openRead(path)) {
      if (file.lengthBytes() > MAX_META_BYTES) {
        throw new CorruptDataException(
            path + " has " + file.lengthBytes() + " bytes, at most 64 MiB are read");
      }
      bytes = new byte[(int) file.lengthBytes()];
      int done = 0;
      while (done < bytes.length) {
        int read = file.read(done, bytes, done, bytes.length - done);
        if (read <= 0) {
          throw new CorruptDataException(path + " ends at " + done + " of " + bytes.length);
        }
        done += read;
      }
    }
    BlockMeta meta;
    try {
      meta = BlockMeta.fromJson(bytes);
    } catch (CorruptDataException e) {
      throw new CorruptDataException(path + ": " + e.getMessage(), e);
    }
    if (!directory.endsWith(meta.ulid())) {
      throw new CorruptDataException(path + " is of block " + meta.ulid());
    }
    return meta;
  }

  /// What is read, for people.
  @Override
  public String toString() {
    return "block " + directory + " of " + List.of(meta.minTimeMs(), meta.maxTimeMs());
  }
}
