package io.pallium.service.shipper;

import io.pallium.base.PalliumException;
import io.pallium.base.clock.TimeSource;
import io.pallium.bucket.BlockNames;
import io.pallium.bucket.Bucket;
import io.pallium.bucket.BucketIndex;
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
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
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

  private final ShipperConfig config;
  private final Shipping shipping;
  private final Bucket bucket;
  private final Function<TenantId, Duration> retention;
  private final TimeSource time;
  private final ShipperMetrics metrics;
  private final ReentrantLock round = new ReentrantLock();
  private final Map<TenantId, Long> reconciledNanos = new TreeMap<>();

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

  /// One round over all tenants. What is wrong with one of them does not keep the others from their
  /// turn.
  public void run() {
    round.lock();
    try {
      int waiting = 0;
      for (TenantId tenant : shipping.tenants()) {
        if (Thread.currentThread().isInterrupted()) {
          return;
        }
        try {
          keep(tenant);
          waiting += shipping.unshipped(tenant).size();
        } catch (StoreException | PalliumException | UncheckedIOException e) {
          metrics.failures.inc();
          log.warn("shipping failed, it is tried again at the next round tenant={}", tenant, e);
        }
      }
      metrics.waitingBlocks.set(waiting);
    } finally {
      round.unlock();
    }
  }

  private void keep(TenantId tenant) {
    TenantBucket target = bucket.tenant(tenant);
    Long reconciled = reconciledNanos.get(tenant);
    if (reconciled == null || time.nowNanos() - reconciled >= RECONCILE_INTERVAL.toNanos()) {
      target.reconcile();
      reconciledNanos.put(tenant, time.nowNanos());
    }
    for (BlockMeta meta : shipping.unshipped(tenant)) {
      ship(target, meta);
    }
    expire(target);
    release(target);
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
    Set<String> safe = new HashSet<>();
    old.forEach(
        (ulid, stored) -> {
          if (listed.lists(stored)) {
            safe.add(ulid);
          } else {
            log.warn(
                "block stays here, the store does not list what was shipped tenant={} block={}",
                tenant,
                ulid);
          }
        });
    List<String> released = shipping.release(tenant, safe);
    if (!released.isEmpty()) {
      metrics.releasedBlocks.inc(released.size());
      log.info("local copies of shipped blocks removed tenant={} blocks={}", tenant, released);
    }
  }

  /// Marks blocks past their retention, and deletes those that were marked long enough ago.
  private void expire(TenantBucket target) {
    long periodMs = retention.apply(target.tenant()).toMillis();
    if (periodMs == 0) {
      return;
    }
    long nowSeconds = time.nowMs() / 1000;
    long beforeMs = time.nowMs() - periodMs;
    BucketIndex index = target.index(RECONCILE_INTERVAL, RECONCILE_INTERVAL);
    if (!unmarked(index, beforeMs).isEmpty()) {
      index = target.update(present -> present.marked(unmarked(present, beforeMs), nowSeconds));
    }
    Set<String> due = index.markedBefore(nowSeconds - config.deletionDelay().toSeconds());
    if (!due.isEmpty()) {
      target.update(present -> present.without(due));
      due.forEach(ulid -> delete(target.tenant(), ulid));
      metrics.expiredBlocks.inc(due.size());
      log.info("blocks deleted from the store tenant={} blocks={}", target.tenant(), due);
    }
  }

  /// The names of the blocks that end before a time and have no mark.
  private static Set<String> unmarked(BucketIndex index, long beforeMs) {
    Set<String> found = new HashSet<>();
    for (StoredBlock block : index.blocks()) {
      if (block.maxTimeMs() <= beforeMs) {
        found.add(block.ulid());
      }
    }
    found.removeAll(index.markedBefore(Long.MAX_VALUE));
    return found;
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
