package io.pallium.service.storegateway;

import io.pallium.base.UnavailableException;
import io.pallium.bucket.BlockNames;
import io.pallium.bucket.StoredBlock;
import io.pallium.model.TenantId;
import io.pallium.objectstore.ObjectAttributes;
import io.pallium.objectstore.ObjectStore;
import io.pallium.objectstore.StoreException;
import io.pallium.tsdb.block.BlockFiles;
import io.pallium.tsdb.block.ByteSource;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Executor;

/// The files of a block in the store, which are listed once. Thread-safe.
final class StoredBlockFiles implements BlockFiles {
  private final ObjectStore store;
  private final ObjectStore cached;
  private final TenantId tenant;
  private final String ulid;
  private final IndexHeaders headers;
  private final Executor threads;
  private final StoreGatewayMetrics metrics;
  private final Map<String, Long> lengths = new TreeMap<>();
  private final Arena arena = Arena.ofShared();
  private volatile long headerBytes;

  /// @param cached the store, behind what keeps parts of it in memory
  /// @throws UnavailableException if the block is not there, or not all of it, or the store does
  ///   not say
  StoredBlockFiles(
      ObjectStore store,
      ObjectStore cached,
      TenantId tenant,
      StoredBlock block,
      IndexHeaders headers,
      Executor threads,
      StoreGatewayMetrics metrics) {
    this.store = store;
    this.cached = cached;
    this.tenant = tenant;
    this.ulid = block.ulid();
    this.headers = headers;
    this.threads = threads;
    this.metrics = metrics;
    String folder = BlockNames.folder(tenant, ulid);
    try {
      for (ObjectAttributes object : store.objects(folder)) {
        lengths.put(object.name().substring(folder.length()), object.lengthBytes());
      }
    } catch (StoreException e) {
      throw StoredObject.failure(folder, e);
    }
    if (!lengths.containsKey(BlockNames.META)) {
      throw new UnavailableException(
          "block " + ulid + " of tenant " + tenant + " is listed and is not in the store");
    }
    if (block.segments() > 0 && block.segments() != chunkFiles().size()) {
      throw new UnavailableException(
          "block %s of tenant %s has %d files of chunks in the store, %d are listed"
              .formatted(ulid, tenant, chunkFiles().size(), block.segments()));
    }
  }

  @Override
  public String location() {
    return tenant + "/" + ulid;
  }

  @Override
  public List<String> chunkFiles() {
    return lengths.keySet().stream()
        .filter(name -> name.startsWith(BlockNames.CHUNKS))
        .map(name -> name.substring(BlockNames.CHUNKS.length()))
        .toList();
  }

  @Override
  public Optional<ByteSource> open(String name) {
    Long lengthBytes = lengths.get(name);
    if (lengthBytes == null) {
      return Optional.empty();
    }
    if (!name.equals(BlockNames.INDEX)) {
      return Optional.of(object(cached, name, lengthBytes, StoredObject.LocalParts.NONE));
    }
    // What goes to the disk here need not take the place of something else in memory.
    StoredObject all = object(store, name, lengthBytes, StoredObject.LocalParts.NONE);
    IndexHeaders.Header header = headers.open(tenant, ulid, all, arena);
    headerBytes = header.sizeBytes();
    return Optional.of(object(cached, name, lengthBytes, header));
  }

  private StoredObject object(
      ObjectStore from, String name, long lengthBytes, StoredObject.LocalParts local) {
    return new StoredObject(
        from, BlockNames.folder(tenant, ulid) + name, lengthBytes, local, threads, metrics);
  }

  /// How much of the index is mapped, once it is open.
  long headerBytes() {
    return headerBytes;
  }

  @Override
  public void close() {
    arena.close();
  }
}
