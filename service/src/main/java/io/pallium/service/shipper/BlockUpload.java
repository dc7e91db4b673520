package io.pallium.service.shipper;

import io.pallium.bucket.BlockNames;
import io.pallium.bucket.StoredBlock;
import io.pallium.bucket.TenantBucket;
import io.pallium.objectstore.ObjectAttributes;
import io.pallium.objectstore.ObjectContent;
import io.pallium.objectstore.ObjectStore;
import io.pallium.objectstore.StoreException;
import io.pallium.tsdb.block.BlockMeta;
import io.pallium.tsdb.block.BlockReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Copies one block to the store: what is there already and the same is not copied again, what is
/// copied is read back, and `meta.json` comes last. Confined to one thread.
final class BlockUpload {
  private static final int MAX_TRIES = 20;

  private final ObjectStore store;
  private final TenantBucket bucket;
  private final BlockMeta meta;
  private final Path directory;
  private final String folder;
  private long bytes;

  /// @param directory where the block is
  BlockUpload(ObjectStore store, TenantBucket bucket, BlockMeta meta, Path directory) {
    this.store = store;
    this.bucket = bucket;
    this.meta = meta;
    this.directory = directory;
    this.folder = BlockNames.folder(bucket.tenant(), meta.ulid());
  }

  /// What was copied, or found there.
  long bytes() {
    return bytes;
  }

  /// Copies what never changes.
  ///
  /// @throws java.nio.file.NoSuchFileException if the block is not here any more
  void copyFiles() throws IOException {
    for (Path chunks : chunks()) {
      put(BlockNames.CHUNKS + chunks.getFileName(), chunks);
    }
    put(BlockNames.INDEX, directory.resolve(BlockNames.INDEX));
  }

  /// Makes the block whole and lists it, with what was deleted from it up to now; nothing is
  /// deleted meanwhile.
  void publish(long nowMs) throws IOException {
    if (Files.exists(directory.resolve(BlockNames.TOMBSTONES))) {
      putTombstones();
    }
    put(BlockNames.META, directory.resolve(BlockNames.META));
    int segments = chunks().size();
    bucket.update(
        index ->
            index.with(
                new StoredBlock(
                    meta.ulid(),
                    meta.minTimeMs(),
                    meta.maxTimeMs(),
                    segments,
                    nowMs / 1000,
                    bucket.deletions(meta.ulid()))));
  }

  /// Others may have deleted from the block already, if it was whole before and this process ended
  /// before it knew.
  private void putTombstones() throws IOException {
    Path ours = directory.resolve(BlockNames.TOMBSTONES);
    Path merged = directory.resolve(BlockNames.TOMBSTONES + ".merged");
    for (int i = 0; i < MAX_TRIES; i++) {
      String name = folder + BlockNames.TOMBSTONES;
      String version = bucket.deletions(meta.ulid());
      boolean isThere = !version.isEmpty();
      if (isThere && !BlockReader.mergeTombstones(readAll(name), ours, merged)) {
        return;
      }
      try {
        ObjectContent content = ObjectContent.of(isThere ? merged : ours);
        if (bucket.replace(name, version, content).isPresent()) {
          bytes += content.lengthBytes();
          return;
        }
      } finally {
        Files.deleteIfExists(merged);
      }
    }
    throw new StoreException(
        StoreException.Kind.UNAVAILABLE,
        folder + BlockNames.TOMBSTONES + " is replaced by others all the time");
  }

  private byte[] readAll(String name) throws IOException {
    try (InputStream in = store.open(name)) {
      return in.readAllBytes();
    }
  }

  /// Removes what was copied of a block that is not here any more.
  void abandon() {
    if (store.attributes(folder + BlockNames.META).isEmpty()) {
      for (ObjectAttributes object : store.objects(folder)) {
        store.delete(object.name());
      }
    }
  }

  private List<Path> chunks() throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve(BlockNames.CHUNKS))) {
      return new ArrayList<>(files.sorted().toList());
    }
  }

  private void put(String name, Path file) throws IOException {
    bytes += Files.size(file);
    ObjectContent content = ObjectContent.of(file);
    if (store.holds(folder + name, content)) {
      return;
    }
    store.put(folder + name, content);
    if (!store.holds(folder + name, content)) {
      throw new StoreException(
          StoreException.Kind.CORRUPT, folder + name + " reads back otherwise than it was written");
    }
  }
}
