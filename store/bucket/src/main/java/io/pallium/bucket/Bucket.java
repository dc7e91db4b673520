package io.pallium.bucket;

import io.pallium.base.clock.TimeSource;
import io.pallium.model.TenantId;
import io.pallium.objectstore.ObjectStore;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// The blocks of all tenants in a store: one folder each. Whoever reads and writes them in a
/// process shares one of these. Thread-safe.
public final class Bucket {
  private final ObjectStore store;
  private final TimeSource time;
  private final Map<TenantId, TenantBucket> tenants = new ConcurrentHashMap<>();

  public Bucket(ObjectStore store, TimeSource time) {
    this.store = store;
    this.time = time;
  }

  public ObjectStore store() {
    return store;
  }

  /// The folder of a tenant, which need not be there.
  public TenantBucket tenant(TenantId tenant) {
    return tenants.computeIfAbsent(tenant, id -> new TenantBucket(store, id, time));
  }
}
