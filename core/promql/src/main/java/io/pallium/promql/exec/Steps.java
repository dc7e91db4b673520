package io.pallium.promql.exec;

import io.pallium.base.LimitExceededException;

/// The times at which an expression is evaluated.
///
/// @param startMs the first, in milliseconds since the epoch
/// @param stepMs the distance of two, at least 1
/// @param count how many there are; 0 is possible in sub-queries
/// @param isInstant whether they were asked for as one time, not as a range that holds just one
public record Steps(long startMs, long stepMs, int count, boolean isInstant) {
  /// A single step.
  public static Steps instant(long timeMs) {
    return new Steps(timeMs, 1, 1, true);
  }

  /// From `startMs` to `endMs`, both inclusive.
  public static Steps range(long startMs, long endMs, long stepMs) {
    if (endMs < startMs) {
      return new Steps(startMs, stepMs, 0, false);
    }
    long count = (endMs - startMs) / stepMs + 1;
    if (count > Integer.MAX_VALUE - 64) {
      throw LimitExceededException.query("the query has too many steps: " + count);
    }
    return new Steps(startMs, stepMs, (int) count, startMs == endMs);
  }

  /// The time of a step.
  public long timeMs(int step) {
    return startMs + step * stepMs;
  }

  /// The time of the last step.
  public long endMs() {
    return timeMs(count - 1);
  }

  /// The first step alone.
  Steps first() {
    return new Steps(startMs, stepMs, Math.min(1, count), true);
  }
}
