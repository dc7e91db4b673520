package io.pallium.tsdb.block;

import io.pallium.base.CorruptDataException;
import io.pallium.model.LabelMatcher;
import io.pallium.storage.Querier;
import io.pallium.storage.QueryControl;
import io.pallium.tsdb.file.DurableFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The open blocks of one tenant's directory, in order of time. Thread-safe: the list is replaced,
/// never changed.
///
/// Blocks that were made of others (compaction) take their place all at once, or not at all,
/// however the process ends: what is left of one that was interrupted is removed by [#open], be it
/// the new blocks, of which one is missing, or the old ones.
///
/// A block that does not open is kept out and left alone: queries of its time are refused, others
/// are answered. Blocks that overlap are read as one; where two of them have a sample of a series
/// at the same time, that of the block which comes first is returned.
public final class Blocks implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Blocks.class);

  private final DurableFiles files;
  private final Path directory;
  private final List<DamagedBlock> damaged = new CopyOnWriteArrayList<>();
  private volatile List<BlockReader> blocks = List.of();

  private Blocks(DurableFiles files, Path directory) {
    this.files = files;
    this.directory = directory;
  }

  /// Opens all blocks of a directory, which is created if need be, and removes what interrupted
  /// writers left there.
  ///
  /// @throws IOException if files cannot be read; nothing stays open then
  public static Blocks open(DurableFiles files, Path directory) throws IOException {
    files.createDirectories(directory);
    Blocks opened = new Blocks(files, directory);
    boolean isOpen = false;
    try {
      List<String> names = new ArrayList<>();
      for (String name : files.list(directory)) {
        if (name.endsWith(BlockLayout.UNFINISHED_SUFFIX)) {
          log.info("remove unfinished block path={}", directory.resolve(name));
          files.delete(directory.resolve(name));
        } else if (Ulid.isValid(name)) {
          names.add(name);
        }
      }
      // What is found counts as durable from now on: a rename is perhaps not on the disk yet.
      files.forceDirectory(directory);
      for (String name : names) {
        opened.addIfWhole(name);
      }
      opened.removeSuperfluous();
      isOpen = true;
      return opened;
    } finally {
      if (!isOpen) {
        opened.close();
      }
    }
  }

  /// Deletes a block that is not open, if it is there. A crash on the way leaves the whole block,
  /// or what [#open] removes.
  public static void delete(DurableFiles files, Path directory, String ulid) throws IOException {
    Path unfinished = directory.resolve(ulid + BlockLayout.UNFINISHED_SUFFIX);
    if (files.list(directory).contains(ulid)) {
      files.rename(directory.resolve(ulid), unfinished);
    }
    files.forceDirectory(directory);
    files.delete(unfinished);
    files.forceDirectory(directory);
  }

  /// The directory that holds the blocks: the parent for [BlockWriter].
  public Path directory() {
    return directory;
  }

  private void addIfWhole(String ulid) throws IOException {
    Path path = directory.resolve(ulid);
    try {
      replace(List.of(), List.of(ulid));
    } catch (CorruptDataException e) {
      log.error("block is damaged, queries of its time are refused path={}", path, e);
      damaged.add(new DamagedBlock(ulid, metaIfReadable(path), e));
    }
  }

  private @Nullable BlockMeta metaIfReadable(Path path) throws IOException {
    try (BlockFiles block = new MappedBlockFiles(files, path)) {
      return BlockMeta.read(block);
    } catch (CorruptDataException e) {
      return null;
    }
  }

  /// Removes what a compaction that was interrupted left beside each other.
  private void removeSuperfluous() throws IOException {
    Set<String> present = new HashSet<>();
    for (BlockReader block : blocks) {
      present.add(block.meta().ulid());
    }
    Set<String> superfluous = new HashSet<>();
    for (BlockReader block : blocks) {
      BlockLineage lineage = block.meta().lineage();
      List<String> parents = lineage.parents().stream().map(BlockLineage.Parent::ulid).toList();
      if (present.containsAll(lineage.siblings())) {
        parents.stream().filter(present::contains).forEach(superfluous::add);
      } else if (present.containsAll(parents)) {
        superfluous.add(block.meta().ulid());
      }
    }
    if (!superfluous.isEmpty()) {
      log.info("remove what a compaction left directory={} blocks={}", directory, superfluous);
      remove(List.copyOf(superfluous));
    }
  }

  /// Opens a block that a writer has finished; queriers opened from now on see it.
  public void add(String ulid) throws IOException {
    replace(List.of(), List.of(ulid));
  }

  /// Opens blocks and closes others in one step for queriers opened from now on. The files stay.
  ///
  /// @param closed names of blocks that are open
  /// @param opened names of blocks that a writer has finished
  /// @throws IOException if one cannot be opened; nothing has changed then
  public synchronized void replace(List<String> closed, List<String> opened) throws IOException {
    List<BlockReader> next = new ArrayList<>(blocks);
    List<BlockReader> ending = new ArrayList<>();
    next.removeIf(block -> closed.contains(block.meta().ulid()) && ending.add(block));
    List<BlockReader> added = new ArrayList<>();
    boolean isDone = false;
    try {
      for (String ulid : opened) {
        added.add(BlockReader.open(files, directory.resolve(ulid)));
      }
      isDone = true;
    } finally {
      if (!isDone) {
        added.forEach(BlockReader::close);
      }
    }
    next.addAll(added);
    next.sort(
        Comparator.comparingLong((BlockReader block) -> block.meta().minTimeMs())
            .thenComparing(block -> block.meta().ulid()));
    blocks = List.copyOf(next);
    ending.forEach(BlockReader::close);
  }

  /// Closes blocks and deletes their files. Queriers that are open can go on.
  ///
  /// @throws IOException if files are left, which the next [#open] removes or finds as they were
  public void remove(List<String> ulids) throws IOException {
    replace(ulids, List.of());
    for (String ulid : ulids) {
      delete(files, directory, ulid);
    }
  }

  /// The open blocks, in order of time. They can be closed at any time: enter them by
  /// [BlockReader#scan].
  public List<BlockReader> readers() {
    return blocks;
  }

  /// The blocks that are open, in order of time.
  public List<BlockMeta> metas() {
    return blocks.stream().map(BlockReader::meta).toList();
  }

  /// The time after the last sample in blocks, damaged ones included; Long.MIN_VALUE without
  /// blocks.
  public long endMs() {
    long endMs = Long.MIN_VALUE;
    for (BlockReader block : blocks) {
      endMs = Math.max(endMs, block.meta().maxTimeMs());
    }
    for (DamagedBlock block : damaged) {
      endMs = Math.max(endMs, block.endMs());
    }
    return endMs;
  }

  /// The size of indexes and chunks of all blocks that are open.
  public long lengthBytes() {
    return blocks.stream().mapToLong(BlockReader::lengthBytes).sum();
  }

  /// The number of blocks that did not open.
  public int damagedCount() {
    return damaged.size();
  }

  /// Makes sure that what lies in blocks in `[minTimeMs, maxTimeMs]` can be read.
  ///
  /// @throws CorruptDataException if a damaged block can have samples there
  public void requireWhole(long minTimeMs, long maxTimeMs) {
    for (DamagedBlock block : damaged) {
      if (block.overlaps(minTimeMs, maxTimeMs)) {
        throw block.refusal();
      }
    }
  }

  /// Views of all blocks that overlap `[minTimeMs, maxTimeMs]`, in order of time, those that
  /// overlap each other as one; the caller closes them.
  ///
  /// @throws CorruptDataException if one of them is in quarantine
  public List<Querier> queriers(long minTimeMs, long maxTimeMs, QueryControl control) {
    while (true) {
      Optional<List<Querier>> all = BlockReader.tryQueriers(blocks, minTimeMs, maxTimeMs, control);
      if (all.isPresent()) {
        return all.get();
      }
      // A block was closed: the list is another one by now.
    }
  }

  /// Deletes what matching series have in `[minTimeMs, maxTimeMs]`: durable, and not seen by
  /// queries that begin from now on. The samples stay in the files until a compaction.
  ///
  /// @throws CorruptDataException if a block of that time is damaged; others may be done
  /// @throws IOException if a file cannot be written; some blocks may be done
  public synchronized void deleteSeries(List<LabelMatcher> matchers, long minTimeMs, long maxTimeMs)
      throws IOException {
    requireWhole(minTimeMs, maxTimeMs);
    for (BlockReader block : blocks) {
      if (block.meta().overlaps(minTimeMs, maxTimeMs)) {
        Tombstones next = block.withDeleted(matchers, minTimeMs, maxTimeMs);
        if (!next.equals(block.tombstones())) {
          Path path = directory.resolve(block.meta().ulid());
          Path unfinished = path.resolve(BlockLayout.TOMBSTONES + ".tmp");
          files.delete(unfinished);
          next.write(files, unfinished);
          files.rename(unfinished, path.resolve(BlockLayout.TOMBSTONES));
          files.forceDirectory(path);
          block.setTombstones(next);
        }
      }
    }
  }

  /// Closes all blocks; queriers that are open stay usable until they are closed.
  @Override
  public synchronized void close() {
    List<BlockReader> all = blocks;
    blocks = List.of();
    all.forEach(BlockReader::close);
  }
}
