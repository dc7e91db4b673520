package io.pallium.promql.plan;

import org.jspecify.annotations.Nullable;

/// Which time a selector looks at when a step is evaluated.
///
/// @param offsetMs how far back from that time, negative allowed
/// @param atMs the time in place of the step's, after `@`; null if there is none
public record TimeShift(long offsetMs, @Nullable Long atMs) {
  /// The time that is looked at for a step.
  public long apply(long stepMs) {
    return (atMs == null ? stepMs : atMs) - offsetMs;
  }
}
