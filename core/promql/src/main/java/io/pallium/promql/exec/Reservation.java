package io.pallium.promql.exec;

import io.pallium.base.memory.MemoryBudget;
import java.util.concurrent.atomic.AtomicLong;

/// What one operator has reserved of the query's memory. Opened and closed by the query's thread;
/// the threads that compute for the operator may reserve and release in between.
final class Reservation implements AutoCloseable {
  private final MemoryBudget budget;
  private final AtomicLong bytes = new AtomicLong();

  Reservation(MemoryBudget budget) {
    this.budget = budget;
  }

  /// Reserves before something is allocated.
  void reserve(long more) {
    budget.reserve(more);
    bytes.addAndGet(more);
  }

  /// Gives back a part of what is reserved; nothing once this is closed.
  void release(long fewer) {
    long held = bytes.getAndUpdate(now -> Math.max(0, now - fewer));
    budget.release(Math.min(held, fewer));
  }

  /// A new column; what its histograms take is reserved here when they are set.
  StepColumn column(int count) {
    reserve(StepColumn.bytes(count));
    return new StepColumn(count, this);
  }

  /// Room that is kept for short-lived copies.
  Scratch scratch() {
    return new Scratch(this);
  }

  /// An array of doubles.
  double[] doubles(int count) {
    reserve(16 + 8L * count);
    return new double[count];
  }

  /// An array of ints.
  int[] ints(int count) {
    reserve(16 + 4L * count);
    return new int[count];
  }

  /// A bitmap.
  long[] bitmap(int count) {
    int words = (count + 63) >>> 6;
    reserve(16 + 8L * words);
    return new long[words];
  }

  @Override
  public void close() {
    budget.release(bytes.getAndSet(0));
  }
}
