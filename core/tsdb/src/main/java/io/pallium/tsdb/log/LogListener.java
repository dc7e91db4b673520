package io.pallium.tsdb.log;

import java.util.Set;

/// Hears what the log wants. Called on the log's thread: must be short and must not block.
@FunctionalInterface
public interface LogListener {
  /// For those who do not listen.
  LogListener NONE = (segmentCount, tenantNumbers) -> {};

  /// There are more segments than configured: these tenants have samples in the oldest one and
  /// should be cut. Told once per new segment as long as it holds.
  void tooManySegments(int segmentCount, Set<Long> tenantNumbers);
}
