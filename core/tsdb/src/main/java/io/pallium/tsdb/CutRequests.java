package io.pallium.tsdb;

import io.pallium.tsdb.log.LogListener;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// The tenants that keep the log from being truncated. Thread-safe.
final class CutRequests implements LogListener {
  private final Set<Long> tenantNumbers = ConcurrentHashMap.newKeySet();

  @Override
  public void tooManySegments(int segmentCount, Set<Long> numbers) {
    tenantNumbers.addAll(numbers);
  }

  /// Whether the tenant should be cut; asks once.
  boolean take(long tenantNumber) {
    return tenantNumbers.remove(tenantNumber);
  }
}
