package io.pallium.tsdb.block;

import io.pallium.storage.Querier;
import io.pallium.storage.QueryControl;
import io.pallium.tsdb.file.DurableFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The open blocks of one tenant's directory, in order of time. Thread-safe: the list is replaced,
/// never changed.
public final class Blocks implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Blocks.class);

  private final DurableFiles files;
  private final Path directory;
  private volatile List<BlockReader> blocks = List.of();

  private Blocks(DurableFiles files, Path directory) {
    this.files = files;
    this.directory = directory;
  }

  /// Opens all blocks of a directory, which is created if need be, and removes what interrupted
  /// writers left there.
  ///
  /// @throws io.pallium.base.CorruptDataException if a block is damaged; nothing stays open then
  public static Blocks open(DurableFiles files, Path directory) throws IOException {
    files.createDirectories(directory);
    Blocks opened = new Blocks(files, directory);
    boolean isOpen = false;
    try {
      for (String name : files.list(directory)) {
        if (name.endsWith(BlockLayout.UNFINISHED_SUFFIX)) {
          log.info("remove unfinished block path={}", directory.resolve(name));
          files.delete(directory.resolve(name));
        } else if (Ulid.isValid(name)) {
          opened.add(name);
        }
      }
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

  /// Opens a block that a writer has finished; queriers opened from now on see it.
  public synchronized void add(String ulid) throws IOException {
    List<BlockReader> more = new ArrayList<>(blocks);
    more.add(BlockReader.open(files, directory.resolve(ulid)));
    more.sort(
        Comparator.comparingLong((BlockReader block) -> block.meta().minTimeMs())
            .thenComparing(block -> block.meta().ulid()));
    blocks = List.copyOf(more);
  }

  /// The blocks that are open, in order of time.
  public List<BlockMeta> metas() {
    return blocks.stream().map(BlockReader::meta).toList();
  }

  /// Views of all blocks that overlap `[minTimeMs, maxTimeMs]`, in order of time; the caller closes
  /// them.
  public List<Querier> queriers(long minTimeMs, long maxTimeMs, QueryControl control) {
    List<Querier> queriers = new ArrayList<>();
    for (BlockReader block : blocks) {
      if (block.meta().overlaps(minTimeMs, maxTimeMs)) {
        Optional<Querier> querier = block.tryQuerier(minTimeMs, maxTimeMs, control);
        querier.ifPresent(queriers::add);
      }
    }
    return queriers;
  }

  /// Closes all blocks; queriers that are open stay usable until they are closed.
  @Override
  public synchronized void close() {
    List<BlockReader> all = blocks;
    blocks = List.of();
    all.forEach(BlockReader::close);
  }
}
