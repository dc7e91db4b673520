package io.pallium.promql.exec;

import io.pallium.base.memory.MemoryBudget;

/// What one operator has reserved of the query's memory. Confined to one thread.
final class Reservation implements AutoCloseable {
  private final MemoryBudget budget;
  private long bytes;

  Reservation(MemoryBudget budget) {
    this.budget = budget;
  }

  /// Reserves before something is allocated.
  void reserve(long more) {
    budget.reserve(more);
    bytes += more;
  }

  /// Gives back a part, of something that is held no more.
  void release(long less) {
    budget.release(less);
    bytes -= less;
  }

  /// A new column.
  StepColumn column(int count) {
    reserve(StepColumn.bytes(count));
    return new StepColumn(count);
  }

  /// An array of doubles.
  double[] doubles(int count) {
    reserve(16 + 8L * count);
    return new double[count];
  }

  /// A bitmap.
  long[] bitmap(int count) {
    int words = (count + 63) >>> 6;
    reserve(16 + 8L * words);
    return new long[words];
  }

  /// Moves everything to another reservation of the same budget.
  void moveTo(Reservation other) {
    other.bytes += bytes;
    bytes = 0;
  }

  @Override
  public void close() {
    budget.release(bytes);
    bytes = 0;
  }
}
