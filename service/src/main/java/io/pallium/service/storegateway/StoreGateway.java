package io.pallium.service.storegateway;

import io.pallium.base.UnavailableException;
import io.pallium.base.clock.TimeSource;
import io.pallium.bucket.BlockNames;
import io.pallium.bucket.Bucket;
import io.pallium.bucket.BucketIndex;
import io.pallium.bucket.StoredBlock;
import io.pallium.bucket.TenantBucket;
import io.pallium.model.LabelMatcher;
import io.pallium.model.TenantId;
import io.pallium.objectstore.ObjectContent;
import io.pallium.objectstore.StoreException;
import io.pallium.storage.MergedQuerier;
import io.pallium.storage.Querier;
import io.pallium.storage.QueryControl;
import io.pallium.storage.Queryable;
import io.pallium.storage.TimelineQuerier;
import io.pallium.tsdb.block.BlockReader;
import io.pallium.tsdb.block.BlockReader.OpenView;
import io.pallium.tsdb.file.DurableFiles;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/// Recent samples and the blocks of the store as one. Thread-safe.
///
/// A query opens its view of recent samples first, then asks which blocks of the store that view
/// makes superfluous, then looks into the index of the bucket. A block is listed there before its
/// copy elsewhere is removed, so a sample is in the view, or in a listed block, or in both; and of
/// samples that are in both, one is returned. A block that cannot be read fails the query: there is
/// never silently less.
public final class StoreGateway implements Queryable, AutoCloseable {
  /// What was made of a block that goes soon is listed by then.
  private static final Duration MARKED_READ = Duration.ofHours(1);

  private static final int MAX_TRIES = 20;

  private final StoreGatewayConfig config;
  private final Bucket bucket;
  private final Queryable recent;
  private final Function<TenantId, Set<String>> held;
  private final DurableFiles files;
  private final Path directory;
  private final TimeSource time;
  private final OpenBlocks blocks;

  /// The index of each tenant that was looked at last.
  private final Map<TenantId, BucketIndex> seen = new ConcurrentHashMap<>();

  /// Where a gateway finds what is not in the store.
  ///
  /// @param samples those that are not in the store, or not yet, and perhaps others
  /// @param held names of blocks of the store all of whose samples a view has that was opened
  ///   before
  public record Recent(Queryable samples, Function<TenantId, Set<String>> held) {}

  /// @param directory for what is kept of blocks on the local disk
  public StoreGateway(
      StoreGatewayConfig config,
      Bucket bucket,
      Recent recent,
      DurableFiles files,
      Path directory,
      TimeSource time,
      PrometheusRegistry registry) {
    this.config = config;
    this.bucket = bucket;
    this.recent = recent.samples;
    this.held = recent.held;
    this.files = files;
    this.directory = directory;
    this.time = time;
    this.blocks = new OpenBlocks(config, bucket.store(), directory, registry);
  }

  @Override
  public Querier querier(TenantId tenant, long minTimeMs, long maxTimeMs, QueryControl control) {
    Querier view = recent.querier(tenant, minTimeMs, maxTimeMs, control);
    boolean isOpen = false;
    try {
      Set<String> superfluous = held.apply(tenant);
      List<StoredBlock> wanted =
          readable(tenant, control).stream()
              .filter(block -> block.overlaps(minTimeMs, maxTimeMs))
              .filter(block -> !superfluous.contains(block.ulid()))
              .toList();
      Querier all =
          wanted.isEmpty()
              ? view
              : MergedQuerier.of(
                  List.of(view, stored(tenant, wanted, minTimeMs, maxTimeMs, control)), control);
      isOpen = true;
      return all;
    } finally {
      if (!isOpen) {
        view.close();
      }
    }
  }

  /// Deletes what a tenant's matching series have in `[minTimeMs, maxTimeMs]` from the blocks of
  /// the store: durable, and not seen by queries of this process that begin from now on. The
  /// samples stay in the files beside tombstones.
  ///
  /// Nothing else changes the tenant's blocks meanwhile.
  ///
  /// @throws UnavailableException if it cannot be made durable; some blocks may be done
  public void delete(TenantId tenant, List<LabelMatcher> matchers, long minTimeMs, long maxTimeMs) {
    try {
      // A block that is whole and not listed yet would be read without these deletions later.
      for (StoredBlock block : bucket.tenant(tenant).reconcile().index().blocks()) {
        if (block.overlaps(minTimeMs, maxTimeMs)) {
          delete(tenant, block, matchers, minTimeMs, maxTimeMs);
        }
      }
    } catch (StoreException e) {
      throw StoredObject.failure(BlockNames.folder(tenant), e);
    } catch (IOException e) {
      throw new UnavailableException("samples of tenant " + tenant + " cannot be deleted", e);
    }
  }

  @Override
  public void close() {
    blocks.close();
  }

  private void delete(
      TenantId tenant,
      StoredBlock block,
      List<LabelMatcher> matchers,
      long minTimeMs,
      long maxTimeMs)
      throws IOException {
    TenantBucket target = bucket.tenant(tenant);
    boolean isDone = false;
    for (int i = 0; i < MAX_TRIES && !isDone; i++) {
      // Who replaces them after this is noticed when they are replaced here.
      String version = target.deletions(block.ulid());
      isDone = tryDelete(target, block, version, matchers, minTimeMs, maxTimeMs);
    }
    if (!isDone) {
      throw new UnavailableException(
          "tombstones of block " + block.ulid() + " are replaced by others all the time");
    }
    // Also where nothing was to be done: a deletion before may have ended here.
    if (!target.deletions(block.ulid()).equals(block.deletions())) {
      BucketIndex unused =
          target.update(index -> index.withDeletions(block.ulid(), target.deletions(block.ulid())));
    }
  }

  /// @return false if others replaced the tombstones meanwhile
  private boolean tryDelete(
      TenantBucket target,
      StoredBlock block,
      String version,
      List<LabelMatcher> matchers,
      long minTimeMs,
      long maxTimeMs)
      throws IOException {
    files.createDirectories(directory);
    Path written = directory.resolve("tombstones." + UUID.randomUUID());
    try (BlockReader reader = blocks.open(target.tenant(), block)) {
      return !reader.writeTombstones(matchers, minTimeMs, maxTimeMs, files, written)
          || target
              .replace(
                  BlockNames.folder(target.tenant(), block.ulid()) + BlockNames.TOMBSTONES,
                  version,
                  ObjectContent.of(written))
              .isPresent();
    } finally {
      files.delete(written);
    }
  }

  private List<StoredBlock> readable(TenantId tenant, QueryControl control) {
    BucketIndex index =
        QueryWait.awaitShared(
            bucket.tenant(tenant).index(config.syncInterval(), config.maxStaleness()),
            "the index of the blocks of tenant " + tenant,
            control);
    if (seen.put(tenant, index) != index) {
      blocks.retain(
          tenant, index.blocks().stream().map(StoredBlock::ulid).collect(Collectors.toSet()));
    }
    if (index.marks().isEmpty()) {
      return index.blocks();
    }
    Set<String> gone = index.markedBefore(time.nowMs() / 1000 - MARKED_READ.toSeconds());
    return index.blocks().stream().filter(block -> !gone.contains(block.ulid())).toList();
  }

  private Querier stored(
      TenantId tenant,
      List<StoredBlock> wanted,
      long minTimeMs,
      long maxTimeMs,
      QueryControl control) {
    List<BlockReader> readers = blocks.readers(tenant, wanted, control);
    long heldBytes = readers.stream().mapToLong(BlockReader::heapBytes).sum();
    control.budget().reserve(heldBytes);
    boolean isOpen = false;
    try {
      Optional<List<Querier>> views =
          BlockReader.tryQueriers(
              wanted.size(),
              i ->
                  readers
                      .get(i)
                      .tryView(minTimeMs, maxTimeMs, control)
                      .or(() -> ownView(tenant, wanted.get(i), minTimeMs, maxTimeMs, control)),
              control);
      isOpen = true;
      return new TimelineQuerier(views.orElseThrow(), () -> control.budget().release(heldBytes));
    } finally {
      if (!isOpen) {
        control.budget().release(heldBytes);
      }
    }
  }

  /// A view of a block that was closed before it was entered, because others were opened: this
  /// query has it for itself, whatever is open beside.
  private Optional<OpenView> ownView(
      TenantId tenant, StoredBlock block, long minTimeMs, long maxTimeMs, QueryControl control) {
    control.check();
    // It stays readable until the view is closed.
    try (BlockReader own = blocks.open(tenant, block)) {
      return own.tryView(minTimeMs, maxTimeMs, control);
    }
  }
}
