package io.pallium.promql.exec;

import io.pallium.promql.ast.VectorSelector.Edges;
import io.pallium.promql.plan.RangeFunction;
import io.pallium.promql.plan.RangeSource;
import io.pallium.promql.plan.Selector;
import io.pallium.promql.plan.TimeShift;

/// What the modifiers `anchored` and `smoothed` make of a range. The window that functions are
/// given reaches over the range by the look-back, and the value at an edge is that of the last
/// sample before it (anchored), or lies on the line between the samples around it (smoothed).
///
/// @param edges the modifier
/// @param rangeMs the range itself
/// @param lookbackMs how far the window reaches over it
record ExtendedWindow(Edges edges, long rangeMs, long lookbackMs) {
  static ExtendedWindow of(RangeSource source, long lookbackMs) {
    Edges edges =
        source instanceof RangeSource.Stored stored ? stored.selector().edges() : Edges.PLAIN;
    return new ExtendedWindow(edges, source.rangeMs(), lookbackMs);
  }

  boolean isPlain() {
    return edges == Edges.PLAIN;
  }

  boolean isSmoothed() {
    return edges == Edges.SMOOTHED;
  }

  /// How long the window is.
  long windowMs() {
    return switch (edges) {
      case PLAIN -> rangeMs;
      case ANCHORED -> rangeMs + lookbackMs;
      case SMOOTHED -> rangeMs + 2 * lookbackMs;
    };
  }

  /// The time at which the window ends.
  TimeShift shift(TimeShift ofRange) {
    return isSmoothed() ? new TimeShift(ofRange.offsetMs() - lookbackMs, ofRange.atMs()) : ofRange;
  }

  /// The selector at the time at which the window ends.
  Selector shift(Selector selector) {
    return selector.withShift(shift(selector.shift()));
  }

  /// The function over such windows, unless they are plain.
  WindowFunction function(RangeFunction function) {
    return switch (function) {
      case CHANGES, RESETS -> new AnchoredFunction(CountingFunctions.neighbours(function), this);
      case RATE, INCREASE, DELTA -> new ExtendedRateFunction(function, this);
      default -> throw new AssertionError("BUG: " + function.text() + " with " + edges.keyword());
    };
  }

  long rangeEndMs(Window window) {
    return isSmoothed() ? window.rangeEndMs - lookbackMs : window.rangeEndMs;
  }

  long rangeStartMs(Window window) {
    return rangeEndMs(window) - rangeMs;
  }

  /// The last sample of `[from, to)` that is not later than the start of the range, or the first if
  /// all are; not the last of all unless it is the only one.
  static int first(long[] times, int from, int to, long startMs) {
    int first = from;
    while (first + 2 < to && times[first + 1] <= startMs) {
      first++;
    }
    return first;
  }

  /// The last sample of `[from, to)` that counts: with smoothing, the first that is not earlier
  /// than the end of the range, if there is one.
  int last(long[] times, int from, int to, long endMs) {
    int last = to - 1;
    while (isSmoothed() && last > from && times[last - 1] >= endMs) {
      last--;
    }
    return last;
  }

  /// The value at a time on the line between two samples. After a counter's reset the line begins
  /// at 0.
  static double interpolate(
      long beforeMs, double before, long afterMs, double after, long atMs, boolean isCounter) {
    double start = isCounter && after < before ? 0 : before;
    return start + (after - start) * (atMs - beforeMs) / (afterMs - beforeMs);
  }
}
