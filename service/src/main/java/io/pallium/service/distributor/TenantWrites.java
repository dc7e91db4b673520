package io.pallium.service.distributor;

import io.pallium.base.clock.TimeSource;
import io.pallium.cluster.RingToken;
import io.pallium.model.TenantId;

/// What the distributor keeps for a tenant that writes. Thread-safe.
final class TenantWrites {
  private final TenantId tenant;
  private final long ringSeed;
  private final AliasCache aliases;
  private final RateLimiter rate;
  private final RateLimiter histogramRate;
  private volatile long lastUsedNanos;

  TenantWrites(TenantId tenant, AliasCache aliases, TimeSource time) {
    this.tenant = tenant;
    this.ringSeed = RingToken.tenantSeed(tenant);
    this.aliases = aliases;
    this.rate = new RateLimiter(time);
    this.histogramRate = new RateLimiter(time);
    this.lastUsedNanos = time.nowNanos();
  }

  TenantId tenant() {
    return tenant;
  }

  long ringSeed() {
    return ringSeed;
  }

  AliasCache aliases() {
    return aliases;
  }

  RateLimiter rate() {
    return rate;
  }

  RateLimiter histogramRate() {
    return histogramRate;
  }

  long lastUsedNanos() {
    return lastUsedNanos;
  }

  void usedAt(long nowNanos) {
    lastUsedNanos = nowNanos;
  }
}
