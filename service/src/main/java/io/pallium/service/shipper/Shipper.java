package io.pallium.service.shipper;

import io.pallium.base.PalliumException;
import io.pallium.base.clock.TimeSource;
import io.pallium.bucket.BlockNames;
import io.pallium.bucket.Bucket;
import io.pallium.bucket.BucketIndex;
import io.pallium.bucket.FolderListing;
import io.pallium.bucket.StoredBlock;
import io.pallium.bucket.TenantBucket;
import io.pallium.model.TenantId;
import io.pallium.objectstore.ObjectAttributes;
import io.pallium.objectstore.StoreException;
import io.pallium.tsdb.Shipping;
import io.pallium.tsdb.block.BlockMeta;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Copies each block of a database to a store, once; removes copies here that are old enough, and
/// blocks of the store that are past their retention. One round at a time.
///
/// A block is listed after it is whole, and removed here after it is listed. A round that fails is
/// tried again: every step finds what the one before has left.
public final class Shipper {
  private static final Logger log = LoggerFactory.getLogger(Shipper.class);

  /// How often the index of a tenant is held against what is in its folder.
  private static final Duration RECONCILE_INTERVAL = Duration.ofHours(1);

  /// What an upload left goes when nothing has changed in it for so long: who uploads is not known
  /// to others, and may have been away.
  private static final Duration LEFTOVERS_KEPT = Duration.ofHours(24);

  private final ShipperConfig config;
  private final Shipping shipping;
  private final Bucket bucket;
  private final Function<TenantId, Duration> retention;
  private final TimeSource time;
  private final ShipperMetrics metrics;
  private final ReentrantLock round = new ReentrantLock();
  private final Map<TenantId, Long> reconciledNanos = new TreeMap<>();
  private final Map<TenantId, Integer> damagedBlocks = new TreeMap<>();
  private Set<TenantId> stored = Set.of();
  private @Nullable Long listedNanos;

  /// @param retention how long a tenant's samples are kept; zero for ever
  public Shipper(
      ShipperConfig config,
      Shipping shipping,
      Bucket bucket,
      Function<TenantId, Duration> retention,
      TimeSource time,
      PrometheusRegistry registry) {
    this.config = config;
    this.shipping = shipping;
    this.bucket = bucket;
    this.retention = retention;
    this.time = time;
    this.metrics = new ShipperMetrics(registry);
  }

  /// One round over all tenants, those that only the store has included. What is wrong with one of
  /// them does not keep the others from their turn.
  public void run() {
    round.lock();
    try {
      int waiting = 0;
      for (TenantId tenant : tenants()) {
        if (Thread.currentThread().isInterrupted()) {
          return;
        }
        try {
          keep(tenant);
        } catch (StoreException | PalliumException | UncheckedIOException e) {
          metrics.failures.inc();
          log.warn("shipping failed, it is tried again at the next round tenant={}", tenant, e);
        }
        waiting += waiting(tenant);
      }
      metrics.waitingBlocks.set(waiting);
      metrics.damagedBlocks.set(damagedBlocks.values().stream().mapToInt(Integer::intValue).sum());
    } finally {
      round.unlock();
    }
  }

  /// Those that are here, and those that lie in the store.
  private Set<TenantId> tenants() {
    Set<TenantId> all = new TreeSet<>(shipping.tenants());
    long nowNanos = time.nowNanos();
    if (listedNanos == null || nowNanos - listedNanos >= RECONCILE_INTERVAL.toNanos()) {
      try {
        stored = bucket.tenants();
        listedNanos = nowNanos;
      } catch (StoreException e) {
        metrics.failures.inc();
        log.warn("the tenants in the store are not known, it is tried again at the next round", e);
      }
    }
    all.addAll(stored);
    return all;
  }

  private int waiting(TenantId tenant) {
    try {
      return shipping.unshipped(tenant).size();
    } catch (PalliumException e) {
      log.warn("what is to be shipped is not known tenant={}", tenant, e);
      return 0;
    }
  }

  private void keep(TenantId tenant) {
    TenantBucket target = bucket.tenant(tenant);
    List<BlockMeta> unshipped = shipping.unshipped(tenant);
    if (!unshipped.isEmpty()) {
      bucket.requireSame();
    }
    Long reconciled = reconciledNanos.get(tenant);
    if (reconciled == null || time.nowNanos() - reconciled >= RECONCILE_INTERVAL.toNanos()) {
      reconcile(target, unshipped);
      reconciledNanos.put(tenant, time.nowNanos());
    }
    for (BlockMeta meta : unshipped) {
      ship(target, meta);
    }
    expire(target);
    release(target);
  }

  private void reconcile(TenantBucket target, List<BlockMeta> unshipped) {
    FolderListing.Found found = target.reconcile();
    damagedBlocks.put(target.tenant(), found.damaged().size());
    Set<String> leftovers = new HashSet<>(found.partial());
    unshipped.forEach(meta -> leftovers.remove(meta.ulid()));
    metrics.sweptBlocks.inc(target.sweep(leftovers, LEFTOVERS_KEPT));
  }

  private void ship(TenantBucket target, BlockMeta meta) {
    long startNanos = time.nowNanos();
    TenantId tenant = target.tenant();
    BlockUpload upload =
        new BlockUpload(bucket.store(), target, meta, shipping.directory(tenant, meta.ulid()));
    try {
      upload.copyFiles();
      target.exclusively(
          () -> {
            try {
              upload.publish(time.nowMs());
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
            shipping.shipped(tenant, meta.ulid(), time.nowMs());
          });
    } catch (NoSuchFileException e) {
      log.info("block is not here any more, its copy is removed block={}", meta.ulid());
      upload.abandon();
      return;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    metrics.shippedBlocks.inc();
    metrics.shippedBytes.inc(upload.bytes());
    log.info(
        "block shipped tenant={} block={} bytes={} durationMs={}",
        tenant,
        meta.ulid(),
        upload.bytes(),
        (time.nowNanos() - startNanos) / 1_000_000);
  }

  private void release(TenantBucket target) {
    if (config.localRetention().isZero()) {
      return;
    }
    TenantId tenant = target.tenant();
    Map<String, Set<String>> old =
        shipping.shippedBefore(tenant, time.nowMs() - config.localRetention().toMillis());
    if (old.isEmpty()) {
      return;
    }
    BucketIndex listed = target.refresh();
    Map<String, Boolean> whole = new HashMap<>();
    Set<String> safe = new HashSet<>();
    old.forEach(
        (ulid, names) -> {
          if (listed.lists(names) && areWhole(target, listed, names, whole)) {
            safe.add(ulid);
          } else {
            log.warn(
                "block stays here, the store does not have all that was shipped tenant={} block={}"
                    + " shipped={}",
                tenant,
                ulid,
                names);
          }
        });
    List<String> released = shipping.release(tenant, safe);
    if (!released.isEmpty()) {
      metrics.releasedBlocks.inc(released.size());
      log.info("local copies of shipped blocks removed tenant={} blocks={}", tenant, released);
    }
  }

  /// Whether the store has all files of some blocks: what is listed may have been lost since.
  private static boolean areWhole(
      TenantBucket target, BucketIndex listed, Set<String> names, Map<String, Boolean> known) {
    for (StoredBlock block : listed.blocks()) {
      if (names.contains(block.ulid())
          && !known.computeIfAbsent(block.ulid(), _ -> target.isWhole(block))) {
        return false;
      }
    }
    return true;
  }

  /// Marks blocks past their retention, takes marks back where it became longer, and deletes blocks
  /// that were marked long enough ago.
  private void expire(TenantBucket target) {
    long periodMs = retention.apply(target.tenant()).toMillis();
    long nowSeconds = time.nowMs() / 1000;
    long beforeMs = periodMs == 0 ? Long.MIN_VALUE : time.nowMs() - periodMs;
    BucketIndex index = target.refresh(RECONCILE_INTERVAL);
    if (!index.expiredBefore(beforeMs, nowSeconds).equals(index)) {
      index = target.update(present -> present.expiredBefore(beforeMs, nowSeconds));
    }
    long dueSeconds = nowSeconds - config.deletionDelay().toSeconds();
    if (periodMs == 0 || index.markedBefore(dueSeconds).isEmpty()) {
      return;
    }
    // Another process may take marks back until they are gone with their blocks.
    Set<String> due = new HashSet<>();
    BucketIndex unused =
        target.update(
            present -> {
              due.clear();
              due.addAll(present.markedBefore(dueSeconds));
              return present.without(due);
            });
    due.forEach(ulid -> delete(target.tenant(), ulid));
    metrics.expiredBlocks.inc(due.size());
    log.info("blocks deleted from the store tenant={} blocks={}", target.tenant(), due);
  }

  /// Without `meta.json` there is no block: that goes first.
  private void delete(TenantId tenant, String ulid) {
    String folder = BlockNames.folder(tenant, ulid);
    bucket.store().delete(folder + BlockNames.META);
    for (ObjectAttributes object : bucket.store().objects(folder)) {
      bucket.store().delete(object.name());
    }
  }
}
