package io.pallium.bucket;

import io.pallium.base.clock.TimeSource;
import io.pallium.model.TenantId;
import io.pallium.objectstore.ObjectStore;
import io.pallium.objectstore.StoreException;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/// The blocks of all tenants in a store: one folder each. Whoever reads and writes them in a
/// process shares one of these. Thread-safe.
public final class Bucket {
  private final ObjectStore store;
  private final String id;
  private final TimeSource time;
  private final Map<TenantId, TenantBucket> tenants = new ConcurrentHashMap<>();

  private Bucket(ObjectStore store, String id, TimeSource time) {
    this.store = store;
    this.id = id;
    this.time = time;
  }

  /// Opens a store that is empty or has blocks; one without an id gets one.
  ///
  /// @param location where it is, for messages
  /// @throws StoreException if it holds something else, or cannot be used
  public static Bucket open(ObjectStore store, String location, TimeSource time) {
    return new Bucket(store, StoreIdentity.claim(store, location, time), time);
  }

  public ObjectStore store() {
    return store;
  }

  /// The id of the store.
  public String id() {
    return id;
  }

  /// Makes sure that it is still the store that was opened.
  ///
  /// @throws StoreException if it is not, as where a file system is not mounted any more
  public void requireSame() {
    StoreIdentity.require(store, id);
  }

  /// The folder of a tenant, which need not be there.
  public TenantBucket tenant(TenantId tenant) {
    return tenants.computeIfAbsent(tenant, name -> new TenantBucket(this, name, time));
  }

  /// The tenants that have blocks in the store, or had some: other folders are somebody else's.
  public TreeSet<TenantId> tenants() {
    TreeSet<TenantId> found = new TreeSet<>();
    for (String folder : store.folders("")) {
      if (StoreIdentity.isTenant(store, folder)) {
        found.add(new TenantId(folder.substring(0, folder.length() - 1)));
      }
    }
    return found;
  }
}
