package io.pallium.promql.plan;

/// Where the samples of a range come from.
public sealed interface RangeSource {
  /// The length of the range in milliseconds.
  long rangeMs();

  /// The time at which the range ends.
  TimeShift shift();

  /// Samples as they were stored.
  ///
  /// @param selector the series; its shift is that of the range
  /// @param rangeMs the range's length
  record Stored(Selector selector, long rangeMs) implements RangeSource {
    @Override
    public TimeShift shift() {
      return selector.shift();
    }
  }

  /// The values of an expression at steps of its own.
  ///
  /// @param child the expression
  /// @param shift the time at which the range ends
  /// @param rangeMs the range's length
  /// @param stepMs the distance of the steps, which are multiples of it
  record Subquery(VectorPlan child, TimeShift shift, long rangeMs, long stepMs)
      implements RangeSource {}
}
