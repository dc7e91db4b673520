package io.pallium.tsdb.block;

import io.pallium.base.CorruptDataException;
import io.pallium.base.UnavailableException;
import io.pallium.model.LabelMatcher;
import io.pallium.storage.MergedQuerier;
import io.pallium.storage.Querier;
import io.pallium.storage.QueryControl;
import io.pallium.tsdb.file.DurableFiles;
import io.pallium.tsdb.file.LocalDurableFiles;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// An open block, ready to be queried. Thread-safe.
///
/// Its files stay open as long as the block is or a querier of it: [#close] ends the block for new
/// queriers, and the last querier to be closed ends the files. Damage is found by checksums, those
/// of tables here and those of postings, series and chunks when they are read; every failure names
/// the file and the offset. A block whose mapped files cannot be read any more, because they have
/// become shorter or the disk fails, is in quarantine: it refuses queriers from then on. Source:
/// docs/formats/block.md.
public final class BlockReader implements AutoCloseable {
  private final BlockFiles files;
  private final BlockMeta meta;
  private final IndexReader index;
  private volatile Tombstones tombstones;
  private final ChunkSegments chunks;
  private final long lengthBytes;
  private volatile @Nullable CorruptDataException fault;
  private volatile boolean isSuspect;

  /// The open block counts as one, each querier as one more.
  private final AtomicInteger users = new AtomicInteger(1);

  private final AtomicInteger closed = new AtomicInteger();

  private BlockReader(BlockFiles files, boolean isVerifying) throws IOException {
    this.files = files;
    this.meta = BlockMeta.read(files);
    ByteSource indexSource = required(files, BlockLayout.INDEX);
    this.index = new IndexReader(indexSource, isVerifying);
    Optional<ByteSource> deleted = files.open(BlockLayout.TOMBSTONES);
    this.tombstones = deleted.isPresent() ? Tombstones.read(deleted.get()) : Tombstones.NONE;
    this.chunks = ChunkSegments.open(files, isVerifying);
    this.lengthBytes = indexSource.lengthBytes() + chunks.lengthBytes();
    long series = index.access().allPostings().count();
    if (series != meta.stats().series()) {
      throw new CorruptDataException(
          files.location()
              + " has "
              + meta.stats().series()
              + " series in meta.json and "
              + series
              + " in the index");
    }
  }

  /// Opens the block in a directory that is named after it; its files are mapped.
  ///
  /// @throws CorruptDataException if files are missing or damaged
  public static BlockReader open(DurableFiles files, Path directory) throws IOException {
    return open(new MappedBlockFiles(files, directory));
  }

  /// Opens a block.
  ///
  /// @param files belong to the block from now on, and are closed when it cannot be opened too
  /// @throws CorruptDataException if files are missing or damaged
  public static BlockReader open(BlockFiles files) throws IOException {
    boolean isOpen = false;
    try {
      BlockReader reader = new BlockReader(files, true);
      isOpen = true;
      return reader;
    } catch (InternalError e) {
      throw unreadable(files, e);
    } finally {
      if (!isOpen) {
        files.close();
      }
    }
  }

  public BlockMeta meta() {
    return meta;
  }

  /// Where it is, for messages.
  public String location() {
    return files.location();
  }

  /// The size of index and chunks.
  public long lengthBytes() {
    return lengthBytes;
  }

  /// Whether samples were deleted that are still in the files.
  public boolean hasDeletions() {
    return !tombstones.isEmpty();
  }

  /// Whether nothing is left when what was deleted is gone from the files.
  public boolean isAllDeleted() {
    try (BlockScan scan = scan()) {
      while (scan.next()) {
        for (int chunk = 0; chunk < scan.chunkCount(); chunk++) {
          if (!scan.isAllDeleted(chunk)) {
            return false;
          }
        }
      }
      return true;
    }
  }

  /// Opens a view of `[minTimeMs, maxTimeMs]`, both inclusive, which keeps the block readable until
  /// it is closed.
  ///
  /// @throws UnavailableException if the block is closed
  public Querier querier(long minTimeMs, long maxTimeMs, QueryControl control) {
    return tryQuerier(minTimeMs, maxTimeMs, control)
        .orElseThrow(() -> new UnavailableException("block " + location() + " is closed"));
  }

  /// As [#querier], but empty if the block is closed.
  private Optional<Querier> tryQuerier(long minTimeMs, long maxTimeMs, QueryControl control) {
    CorruptDataException found = fault;
    if (found != null) {
      throw new CorruptDataException(found.getMessage(), found);
    }
    return enter()
        ? Optional.of(new BlockQuerier(this, minTimeMs, maxTimeMs, control))
        : Optional.empty();
  }

  /// How a view of a block is opened.
  public interface Opening {
    /// @return empty if the block is closed
    Optional<OpenView> open(int block);
  }

  /// A view of a block, open, and what the block is.
  ///
  /// @param querier closed by whoever opened it
  public record OpenView(BlockMeta meta, Querier querier) {}

  /// Opens views of those blocks that overlap `[minTimeMs, maxTimeMs]`, in order of time, those
  /// that overlap each other as one; the caller closes them.
  ///
  /// @param blocks in order of time
  /// @return empty if one of them is closed: nothing is open then
  /// @throws CorruptDataException if one of them is in quarantine
  public static Optional<List<Querier>> tryQueriers(
      List<BlockReader> blocks, long minTimeMs, long maxTimeMs, QueryControl control) {
    List<BlockReader> wanted =
        blocks.stream().filter(block -> block.meta().overlaps(minTimeMs, maxTimeMs)).toList();
    return tryQueriers(
        wanted.size(), i -> wanted.get(i).tryView(minTimeMs, maxTimeMs, control), control);
  }

  /// The same for a number of blocks in order of time, each of them opened when its turn comes.
  public static Optional<List<Querier>> tryQueriers(
      int blocks, Opening opening, QueryControl control) {
    List<List<Querier>> groups = new ArrayList<>();
    boolean isDone = false;
    try {
      long endMs = Long.MIN_VALUE;
      for (int i = 0; i < blocks; i++) {
        Optional<OpenView> view = opening.open(i);
        if (view.isEmpty()) {
          return Optional.empty();
        }
        BlockMeta meta = view.get().meta();
        if (groups.isEmpty() || meta.minTimeMs() >= endMs) {
          groups.add(new ArrayList<>());
        }
        groups.getLast().add(view.get().querier());
        endMs = Math.max(endMs, meta.maxTimeMs());
      }
      isDone = true;
      return Optional.of(groups.stream().map(group -> MergedQuerier.of(group, control)).toList());
    } finally {
      if (!isDone) {
        groups.forEach(group -> group.forEach(Querier::close));
      }
    }
  }

  /// A view of this block; empty if it is closed.
  ///
  /// @throws CorruptDataException if it is in quarantine
  public Optional<OpenView> tryView(long minTimeMs, long maxTimeMs, QueryControl control) {
    return tryQuerier(minTimeMs, maxTimeMs, control).map(querier -> new OpenView(meta, querier));
  }

  /// Opens a walk through all series, which keeps the block readable until it is closed.
  ///
  /// @throws UnavailableException if the block is closed
  public BlockScan scan() {
    if (!enter()) {
      throw new UnavailableException("block " + location() + " is closed");
    }
    return new BlockScan(this);
  }

  /// Counts one more user, who has to [#release]; false if the block is closed.
  private boolean enter() {
    int before;
    do {
      before = users.get();
      if (before == 0 || closed.get() != 0) {
        return false;
      }
    } while (!users.compareAndSet(before, before + 1));
    return true;
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
      files.close();
    }
  }

  /// Puts the block into quarantine, because its mapping cannot be read.
  CorruptDataException quarantine(InternalError cause) {
    CorruptDataException unreadable = unreadable(files, cause);
    fault = unreadable;
    return unreadable;
  }

  /// Whether damage was found since it was opened: it may lie in what is kept here of a block that
  /// is elsewhere.
  public boolean isSuspect() {
    return isSuspect || fault != null;
  }

  /// Notes damage that a query came upon.
  CorruptDataException suspect(CorruptDataException damage) {
    isSuspect = true;
    return damage;
  }

  /// What is kept on the heap of index and tombstones.
  public long heapBytes() {
    return index.heapBytes() + tombstones.heapBytes();
  }

  private static CorruptDataException unreadable(BlockFiles files, InternalError cause) {
    return new CorruptDataException(
        "files of " + files.location() + " cannot be read: they became shorter, or the disk fails",
        cause);
  }

  IndexReader index() {
    return index;
  }

  Tombstones tombstones() {
    return tombstones;
  }

  /// Writes a file of tombstones that holds these, and all that matching series have in
  /// `[minTimeMs, maxTimeMs]`. Nothing changes for queries.
  ///
  /// @param path the new file
  /// @return false if they have nothing there that is not deleted; no file was written then
  public boolean writeTombstones(
      List<LabelMatcher> matchers, long minTimeMs, long maxTimeMs, DurableFiles target, Path path)
      throws IOException {
    Tombstones next = withDeleted(matchers, minTimeMs, maxTimeMs);
    if (next.equals(tombstones)) {
      return false;
    }
    next.write(target, path);
    return true;
  }

  /// Writes a file of tombstones that holds those of two copies of a block.
  ///
  /// @param first the content of one file
  /// @param second the other file
  /// @param path the new file, which may be there
  /// @return false if the first holds those of the second; no file was written then
  /// @throws CorruptDataException if one of them is damaged
  public static boolean mergeTombstones(byte[] first, Path second, Path path) throws IOException {
    Tombstones one =
        Tombstones.read(
            new MappedBlockFiles.MappedSource(
                "the other copy of " + second, MemorySegment.ofArray(first)));
    Tombstones both;
    try (Arena arena = Arena.ofConfined()) {
      Tombstones other =
          Tombstones.read(
              new MappedBlockFiles.MappedSource(
                  second.toString(), new LocalDurableFiles().map(second, arena)));
      both = one.with(other);
    }
    if (both.equals(one)) {
      return false;
    }
    LocalDurableFiles files = new LocalDurableFiles();
    files.delete(path);
    both.write(files, path);
    return true;
  }

  /// These tombstones, with all that matching series have in `[minMs, maxMs]`.
  Tombstones withDeleted(List<LabelMatcher> matchers, long minMs, long maxMs) {
    Tombstones.Builder more = new Tombstones.Builder(tombstones);
    QueryControl control = QueryControl.unlimited();
    try (BlockScan held = scan();
        IndexReader.Access access = index.access(control)) {
      ChunkPlaces places = new ChunkPlaces();
      int[] references = new PostingsSelection(access, control).select(matchers);
      if (access.isFar()) {
        access.planSeries(references, 0, references.length);
      }
      for (int reference : references) {
        int count = access.readChunks(reference, minMs, maxMs, places);
        if (count > 0) {
          more.add(
              reference,
              Math.max(minMs, places.minMs(0)),
              Math.min(maxMs, places.maxMs(count - 1)));
        }
      }
      return more.build();
    } catch (InternalError e) {
      throw quarantine(e);
    }
  }

  /// Lets queries that begin from now on see less: what was made durable before.
  void setTombstones(Tombstones durable) {
    tombstones = durable;
  }

  ChunkSegments chunks() {
    return chunks;
  }

  static ByteSource required(BlockFiles files, String name) throws IOException {
    return files
        .open(name)
        .orElseThrow(
            () -> new CorruptDataException("block " + files.location() + " has no " + name));
  }

  /// What is read, for people.
  @Override
  public String toString() {
    return "block " + location() + " of " + List.of(meta.minTimeMs(), meta.maxTimeMs());
  }
}
