package io.pallium.tsdb;

import io.pallium.tsdb.log.LogListener;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// The tenants that keep the log from being truncated, and until when they should be cut.
/// Thread-safe.
final class CutRequests implements LogListener {
  private final Map<Long, Long> endsMs = new ConcurrentHashMap<>();

  @Override
  public void tooManySegments(int segmentCount, Map<Long, Long> maxTimesMs) {
    maxTimesMs.forEach((number, maxMs) -> endsMs.merge(number, maxMs + 1, Math::max));
  }

  /// Until when the tenant should be cut, exclusive; asks once. Long.MIN_VALUE if it need not be.
  long take(long tenantNumber) {
    Long endMs = endsMs.remove(tenantNumber);
    return endMs == null ? Long.MIN_VALUE : endMs;
  }
}
