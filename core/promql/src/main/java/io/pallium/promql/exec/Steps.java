package io.pallium.promql.exec;

import io.pallium.base.LimitExceededException;
import org.jspecify.annotations.Nullable;

/// The times at which an expression is evaluated.
///
/// @param startMs the first, in milliseconds since the epoch
/// @param stepMs the distance of two, at least 1
/// @param count how many there are; 0 is possible in sub-queries
/// @param isInstant whether one time was asked for, be it as a range from it to itself; a longer
///   range may hold a single step too
/// @param counts where the samples are counted that they look at; null: nowhere
public record Steps(
    long startMs, long stepMs, int count, boolean isInstant, @Nullable SampleCounts counts) {
  /// A single step.
  public static Steps instant(long timeMs) {
    return new Steps(timeMs, 1, 1, true, null);
  }

  /// From `startMs` to `endMs`, both inclusive.
  public static Steps range(long startMs, long endMs, long stepMs) {
    if (endMs < startMs) {
      return new Steps(startMs, stepMs, 0, false, null);
    }
    long count = (endMs - startMs) / stepMs + 1;
    if (count > Integer.MAX_VALUE - 64) {
      throw LimitExceededException.query("the query has too many steps: " + count);
    }
    return new Steps(startMs, stepMs, (int) count, startMs == endMs, null);
  }

  /// The time of a step.
  public long timeMs(int step) {
    return startMs + step * stepMs;
  }

  /// The time of the last step.
  public long endMs() {
    return timeMs(count - 1);
  }

  /// The first step alone. What it looks at counts at all steps.
  Steps first() {
    int one = Math.min(1, count);
    return new Steps(startMs, stepMs, one, true, counts == null ? null : counts.part(one));
  }

  /// The same with a count of the samples that they look at.
  Steps counted(SampleCounts into) {
    return new Steps(startMs, stepMs, count, isInstant, into);
  }
}
