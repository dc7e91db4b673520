package io.pallium.service.distributor;

import io.pallium.base.BadRequestException;
import io.pallium.base.LimitExceededException;
import io.pallium.base.PalliumException;
import io.pallium.base.clock.TimeSource;
import io.pallium.base.config.Overrides;
import io.pallium.base.memory.MemoryBudget;
import io.pallium.cluster.IngesterRing;
import io.pallium.model.RejectReason;
import io.pallium.model.TenantId;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.security.SecureRandom;
import java.util.Iterator;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/// Takes write requests of all tenants: inflates and decodes them, checks them against the tenant's
/// limits, and sends each series to the ingester that owns it. Thread-safe.
///
/// A request is decoded whole before anything of it is sent, so one that cannot be decoded leaves
/// nothing behind. What is invalid in a valid request is left out and counted, and the rest is
/// stored. If an ingester fails in a way that another attempt can mend, the request fails as a
/// whole, whatever else was wrong with it: senders do not repeat what is answered with 4xx.
public final class Distributor {
  private static final long SWEEP_INTERVAL_NANOS = 60_000_000_000L;

  /// What the alias caches may take of the heap unless the configuration says: as much as the
  /// series that the rest of the heap has room for need.
  private static final int ALIAS_SHARE_OF_HEAP = 8;

  private final DistributorConfig config;
  private final Overrides<DistributorLimits> limits;
  private final IngesterRing ring;
  private final Executor executor;
  private final TimeSource time;
  private final DistributorMetrics metrics;
  private final AliasCache.Setting aliasSetting;
  private final long senderId = new SecureRandom().nextLong();
  private final ConcurrentHashMap<TenantId, TenantWrites> tenants = new ConcurrentHashMap<>();
  private final AtomicLongArray incarnations;
  private final MemoryBudget inflight;
  private final AtomicInteger inflightRequests = new AtomicInteger();
  private final Queue<PushRequest> pool = new ConcurrentLinkedQueue<>();
  private final AtomicLong pooledBytes = new AtomicLong();
  private final AtomicLong lastSweepNanos;

  /// @param executor runs what follows an ingester's answer if that is more than a few steps: a
  ///   bounded pool for computing
  public Distributor(
      DistributorConfig config,
      Overrides<DistributorLimits> limits,
      IngesterRing ring,
      Executor executor,
      TimeSource time,
      PrometheusRegistry registry) {
    this.config = config;
    this.limits = limits;
    this.ring = ring;
    this.executor = executor;
    this.time = time;
    this.incarnations = new AtomicLongArray(ring.size());
    this.lastSweepNanos = new AtomicLong(time.nowNanos());
    this.inflight =
        MemoryBudget.root("distributor.max-inflight-size", config.maxInflightSize().bytes());
    MemoryBudget aliasMemory = aliasMemory(config);
    this.aliasSetting =
        new AliasCache.Setting(
            new AliasKey.Digest(),
            ring.size(),
            config.aliasCacheMaxEntries(),
            config.aliasCacheMaxSize().bytes(),
            aliasMemory,
            this::shedLargest);
    this.metrics =
        new DistributorMetrics(
            registry, inflight::reservedBytes, inflightRequests::get, aliasMemory::reservedBytes);
  }

  private static MemoryBudget aliasMemory(DistributorConfig config) {
    long configured = config.aliasCacheTotalSize().bytes();
    return MemoryBudget.root(
        "distributor.alias-cache-total-size",
        configured > 0 ? configured : Runtime.getRuntime().maxMemory() / ALIAS_SHARE_OF_HEAP);
  }

  /// Takes one remote write request: a snappy block of a protobuf message.
  ///
  /// Decodes and checks on the calling thread, which should be one of a bounded pool for computing.
  /// The body is read before this returns and may be used again then.
  ///
  /// @return completes when what is valid is durable; fails with [BadRequestException] (undecodable
  ///   or too large), [LimitExceededException] (rate or node) or
  ///   [io.pallium.base.UnavailableException]. Never throws one of these
  public CompletableFuture<PushOutcome> push(
      TenantId tenant,
      RemoteWriteVersion version,
      byte[] compressedBody,
      int offset,
      int lengthBytes) {
    TenantWrites writes = tenantWrites(tenant);
    try {
      return start(writes, new PushRequest.Body(version, compressedBody, offset, lengthBytes));
    } catch (PalliumException e) {
      metrics.failed(tenant.value(), e);
      return CompletableFuture.failedFuture(e);
    }
  }

  /// Counts a request that was refused before it came here.
  ///
  /// @param tenant null if that is not known
  public void countRefused(@Nullable TenantId tenant, PalliumException reason) {
    if (tenant == null) {
      metrics.failed("", reason);
      return;
    }
    // So that its series go when the tenant is idle.
    tenantWrites(tenant);
    metrics.failed(tenant.value(), reason);
  }

  private CompletableFuture<PushOutcome> start(TenantWrites writes, PushRequest.Body body) {
    long maxCompressed = config.maxCompressedBodySize().bytes();
    if (body.lengthBytes() > maxCompressed) {
      throw BadRequestException.tooLarge(
          "the body has "
              + body.lengthBytes()
              + " bytes, the limit is "
              + maxCompressed
              + " (max_compressed_body_size)");
    }
    int inflatedLength =
        SnappyBody.inflatedLength(
            body.data(),
            body.offset(),
            body.lengthBytes(),
            config.maxInflatedBodySize().bytes(),
            "max_inflated_body_size");
    PushRequest request = takeFromPool();
    inflightRequests.incrementAndGet();
    boolean isSent = false;
    try {
      request.room().take(inflatedLength);
      DistributorLimits tenantLimits = limits.forTenant(writes.tenant().value());
      request.decode(
          body,
          inflatedLength,
          writes,
          tenantLimits,
          new PushRequest.Session(senderId, time.nowMs()),
          incarnations);
      countReceived(writes.tenant(), request);
      takeRate(writes, tenantLimits, request);
      takeHistogramRate(writes, tenantLimits.histograms(), request);
      InflightPush push = new InflightPush(this, request, writes);
      isSent = true;
      return push.send();
    } finally {
      if (!isSent) {
        finish(request);
      }
    }
  }

  private void countReceived(TenantId tenant, PushRequest request) {
    metrics.received(
        tenant, request.sampleCount(), request.exemplarCount(), request.metadataCount());
  }

  private void takeRate(TenantWrites writes, DistributorLimits tenantLimits, PushRequest request) {
    try {
      writes
          .rate()
          .take(
              request.sampleCount() + request.exemplarCount() + request.metadataCount(),
              new RateLimiter.Rate(
                  tenantLimits.ingestionRate(),
                  tenantLimits.ingestionBurstSize(),
                  "samples, exemplars and metadata entries",
                  ""));
    } catch (LimitExceededException e) {
      metrics.discarded(
          writes.tenant(),
          RejectReason.RATE_LIMITED,
          request.sampleCount(),
          request.exemplarCount(),
          request.metadataCount());
      throw LimitExceededException.rate(
          e.getMessage() + " (" + RejectReason.RATE_LIMITED.errorId() + ")", e.retryAfter());
    }
  }

  /// Unlike the rate of all, this one leaves out the histograms only.
  private static void takeHistogramRate(
      TenantWrites writes, HistogramLimits histograms, PushRequest request) {
    if (request.keptHistogramCount() == 0) {
      return;
    }
    try {
      writes
          .histogramRate()
          .take(
              request.keptHistogramCount(),
              new RateLimiter.Rate(
                  histograms.nativeHistogramIngestionRate(),
                  histograms.nativeHistogramIngestionBurstSize(),
                  "native histograms",
                  "native_histogram_"));
    } catch (LimitExceededException e) {
      request.dropHistograms(
          LimitExceededException.rate(
              e.getMessage() + " (" + RejectReason.HISTOGRAM_RATE_LIMITED.errorId() + ")",
              e.retryAfter()));
    }
  }

  /// Ends a request: its room is free, its buffers wait for the next one.
  void finish(PushRequest request) {
    inflightRequests.decrementAndGet();
    request.release();
    long capacity = request.capacityBytes();
    if (pooledBytes.addAndGet(capacity) > config.bufferPoolSize().bytes()) {
      pooledBytes.addAndGet(-capacity);
      return;
    }
    pool.add(request);
  }

  private PushRequest takeFromPool() {
    PushRequest request = pool.poll();
    if (request == null) {
      return new PushRequest(ring, inflight);
    }
    pooledBytes.addAndGet(-request.capacityBytes());
    return request;
  }

  IngesterRing ring() {
    return ring;
  }

  Executor executor() {
    return executor;
  }

  DistributorMetrics metrics() {
    return metrics;
  }

  /// Learns which incarnation of an ingester answers.
  void seeIncarnation(int ingester, long incarnation) {
    if (incarnations.get(ingester) != incarnation) {
      incarnations.set(ingester, incarnation);
    }
  }

  private TenantWrites tenantWrites(TenantId tenant) {
    long nowNanos = time.nowNanos();
    sweep(nowNanos);
    TenantWrites writes = tenants.get(tenant);
    if (writes == null) {
      writes = tenants.computeIfAbsent(tenant, this::newTenantWrites);
    }
    writes.usedAt(nowNanos);
    return writes;
  }

  private TenantWrites newTenantWrites(TenantId tenant) {
    AliasCache aliases = new AliasCache(aliasSetting, limits.forTenant(tenant.value()));
    return new TenantWrites(tenant, aliases, time);
  }

  /// Lets the largest alias cache give up some of its memory.
  private boolean shedLargest() {
    AliasCache largest = null;
    long mostBytes = 0;
    for (TenantWrites writes : tenants.values()) {
      long bytes = writes.aliases().sizeBytes();
      if (bytes > mostBytes) {
        largest = writes.aliases();
        mostBytes = bytes;
      }
    }
    if (largest == null || !largest.shed()) {
      return false;
    }
    metrics.shedAliases();
    return true;
  }

  /// Drops what is kept for tenants that have not written for long. A request that uses it just now
  /// goes on with it; the tenant's next request starts anew.
  private void sweep(long nowNanos) {
    long last = lastSweepNanos.get();
    if (nowNanos - last < SWEEP_INTERVAL_NANOS || !lastSweepNanos.compareAndSet(last, nowNanos)) {
      return;
    }
    long timeoutNanos = config.idleTenantTimeout().toNanos();
    Iterator<TenantWrites> all = tenants.values().iterator();
    while (all.hasNext()) {
      TenantWrites writes = all.next();
      if (nowNanos - writes.lastUsedNanos() > timeoutNanos) {
        all.remove();
        writes.aliases().close();
        metrics.remove(writes.tenant());
      }
    }
  }
}
