package io.pallium.tsdb.log;

import java.util.HashMap;
import java.util.Map;

/// A segment file and until when it is needed: the newest sample time of each tenant in it. Not
/// thread-safe: guarded by the lock of [LogSegments].
final class LogSegment {
  private final long number;
  private final Map<Long, Long> maxTimesMs = new HashMap<>();
  private long endPosition;

  LogSegment(long number, long basePosition) {
    this.number = number;
    this.endPosition = basePosition;
  }

  long number() {
    return number;
  }

  /// The position behind the last record.
  long endPosition() {
    return endPosition;
  }

  void extendTo(long position) {
    endPosition = position;
  }

  /// Notes the samples of a record.
  void addTimes(long tenantNumber, long minTimeMs, long maxTimeMs) {
    if (minTimeMs <= maxTimeMs) {
      maxTimesMs.merge(tenantNumber, maxTimeMs, Math::max);
    }
  }

  /// The time of each tenant's newest sample in it.
  Map<Long, Long> maxTimesMs() {
    return maxTimesMs;
  }

  /// Adds each tenant's newest sample time to those of other segments.
  void addTimesTo(Map<Long, Long> target) {
    maxTimesMs.forEach((number, maxMs) -> target.merge(number, maxMs, Math::max));
  }

  /// Whether no tenant has a sample at or after its cut time in here.
  boolean isBelow(WriteLog.CutTimes cutTimes) {
    for (Map.Entry<Long, Long> entry : maxTimesMs.entrySet()) {
      long cutTimeMs = cutTimes.cutTimeMs(entry.getKey());
      if (cutTimeMs != Long.MAX_VALUE && entry.getValue() >= cutTimeMs) {
        return false;
      }
    }
    return true;
  }
}
