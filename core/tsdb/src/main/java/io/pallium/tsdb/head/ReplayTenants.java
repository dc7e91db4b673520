package io.pallium.tsdb.head;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The tenants that a replay has met, by the number that the log gives them. Confined to the thread
/// of the replay; asked once per batch.
final class ReplayTenants {
  private final Map<Long, TenantHead> byNumber = new HashMap<>();

  @Nullable TenantHead get(long number) {
    return byNumber.get(number);
  }

  void add(long number, TenantHead tenant) {
    byNumber.put(number, tenant);
  }

  @Nullable TenantHead remove(long number) {
    return byNumber.remove(number);
  }

  Collection<TenantHead> all() {
    return byNumber.values();
  }
}
