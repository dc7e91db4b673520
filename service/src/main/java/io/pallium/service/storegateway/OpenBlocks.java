package io.pallium.service.storegateway;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.pallium.base.CorruptDataException;
import io.pallium.base.PalliumException;
import io.pallium.base.UnavailableException;
import io.pallium.bucket.BlockNames;
import io.pallium.bucket.StoredBlock;
import io.pallium.model.TenantId;
import io.pallium.objectstore.ObjectStore;
import io.pallium.objectstore.layer.CachedStore;
import io.pallium.storage.QueryControl;
import io.pallium.tsdb.block.BlockReader;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The blocks of the store that queries have open, and had a short time ago. Thread-safe.
///
/// What opening takes is bounded: so many are opened at the same time, and each reads its index in
/// parts of a mebibyte.
final class OpenBlocks implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(OpenBlocks.class);
  private static final int MAX_OPENING = 16;

  /// Of these one query has so many at a time.
  private static final int MAX_OPENING_OF_QUERY = 8;

  private final ObjectStore store;
  private final CachedStore cached;
  private final Semaphore places = new Semaphore(MAX_OPENING);
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final StoreGatewayMetrics metrics;
  private final IndexHeaders headers;
  private final AsyncCache<Key, Opened> blocks;

  /// A block as it is listed: after a deletion it is another one.
  private record Key(TenantId tenant, StoredBlock block) {}

  private record Opened(BlockReader reader, long headerBytes) {
    long bytes() {
      return headerBytes + reader.heapBytes();
    }
  }

  OpenBlocks(
      StoreGatewayConfig config, ObjectStore store, Path directory, PrometheusRegistry registry) {
    this.store = store;
    long cacheBytes =
        config.cacheSize().bytes() > 0
            ? config.cacheSize().bytes()
            : Runtime.getRuntime().maxMemory() / 16;
    this.cached = new CachedStore(store, cacheBytes, OpenBlocks::isImmutable);
    this.blocks =
        Caffeine.newBuilder()
            .maximumWeight(config.maxOpenIndexes().bytes())
            .<Key, Opened>weigher((_, opened) -> (int) Math.min(opened.bytes(), 1 << 30))
            .expireAfterAccess(config.idleTimeout())
            .executor(Runnable::run)
            .removalListener((_, opened, _) -> close(opened))
            .buildAsync();
    this.metrics = new StoreGatewayMetrics(registry, () -> blocks.synchronous().estimatedSize());
    this.headers = new IndexHeaders(directory, metrics);
  }

  /// The readers of some blocks, in the same order; those that are not open are opened. They can be
  /// closed at any moment, when too many are open.
  ///
  /// @throws PalliumException if one of them cannot be opened
  List<BlockReader> readers(TenantId tenant, List<StoredBlock> wanted, QueryControl control) {
    List<CompletableFuture<Opened>> opening = new ArrayList<>();
    List<BlockReader> readers = new ArrayList<>();
    for (StoredBlock block : wanted) {
      while (opening.size() < Math.min(wanted.size(), readers.size() + MAX_OPENING_OF_QUERY)) {
        opening.add(opening(new Key(tenant, wanted.get(opening.size()))));
      }
      String name = "block " + tenant + "/" + block.ulid();
      readers.add(QueryWait.awaitShared(opening.get(readers.size()), name, control).reader);
    }
    return readers;
  }

  /// A reader that stays open until the caller closes it.
  ///
  /// @throws PalliumException if it cannot be opened
  BlockReader open(TenantId tenant, StoredBlock block) {
    return open(new Key(tenant, block)).reader;
  }

  /// Forgets what is kept of a tenant's other blocks.
  void retain(TenantId tenant, Set<String> ulids) {
    headers.retain(tenant, ulids);
  }

  @Override
  public void close() {
    blocks.synchronous().invalidateAll();
    threads.close();
  }

  private CompletableFuture<Opened> opening(Key key) {
    CompletableFuture<Opened> present = blocks.getIfPresent(key);
    if (present != null && present.isCompletedExceptionally()) {
      // It leaves the cache a moment after those who waited for it hear of it.
      blocks.asMap().remove(key, present);
    } else if (present != null && present.isDone() && present.join().reader.isSuspect()) {
      forget(key);
      blocks.asMap().remove(key, present);
    }
    return blocks.get(key, (_, _) -> CompletableFuture.supplyAsync(() -> open(key), threads));
  }

  private Opened open(Key key) {
    places.acquireUninterruptibly();
    try {
      try {
        return tryOpen(key);
      } catch (CorruptDataException e) {
        forget(key);
        return tryOpen(key);
      }
    } catch (PalliumException e) {
      metrics.failedOpenings.inc();
      throw e;
    } finally {
      places.release();
    }
  }

  /// What is damaged may be what is kept of the block here.
  private void forget(Key key) {
    log.warn(
        "a block of the store is damaged, or what is kept of it here, which is read again"
            + " tenant={} block={}",
        key.tenant,
        key.block.ulid());
    headers.remove(key.tenant, key.block.ulid());
    cached.forget(BlockNames.folder(key.tenant, key.block.ulid()));
  }

  private static boolean isImmutable(String name) {
    return name.contains("/" + BlockNames.CHUNKS) || name.endsWith("/" + BlockNames.INDEX);
  }

  private Opened tryOpen(Key key) {
    StoredBlockFiles files =
        new StoredBlockFiles(store, cached, key.tenant, key.block, headers, threads, metrics);
    try {
      BlockReader reader = BlockReader.open(files);
      metrics.openedBlocks.inc();
      return new Opened(reader, files.headerBytes());
    } catch (IOException e) {
      throw new UnavailableException("block " + files.location() + " cannot be opened", e);
    }
  }

  private static void close(@Nullable Opened opened) {
    if (opened != null) {
      opened.reader.close();
    }
  }
}
