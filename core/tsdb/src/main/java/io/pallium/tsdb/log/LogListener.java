package io.pallium.tsdb.log;

import java.util.Map;

/// Hears what the log wants. Called on the log's thread: must be short and must not block.
@FunctionalInterface
public interface LogListener {
  /// For those who do not listen.
  LogListener NONE = (segmentCount, maxTimesMs) -> {};

  /// There are more segments than configured: these tenants have samples in the older half of them
  /// and should be cut. Told once per new segment as long as it holds.
  ///
  /// @param maxTimesMs the time of each tenant's newest sample in these segments, by its number
  void tooManySegments(int segmentCount, Map<Long, Long> maxTimesMs);
}
