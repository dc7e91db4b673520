package io.pallium.promql.exec;

import io.pallium.base.HotPath;

/// For one group, the largest (or smallest) values of each step with the series that they belong
/// to: a heap per step in two flat arrays, with the value that goes first on top. NaN goes before
/// all others. O(log k) per value; memory is steps × the most that any step holds.
///
/// Intended: each of two NaNs goes before the other, as in Prometheus, which shows in who stays.
@HotPath
final class TopHeaps {
  private static final int BYTES_PER_ENTRY = 12;

  /// What [#take] answers if none had to go.
  static final int ADDED = -1;

  private final boolean isTop;
  private final TakenCounts counts;
  private final Reservation memory;
  private final int[] sizes;
  private int capacity;
  private double[] values = new double[0];
  private int[] series = new int[0];

  /// @param isTop whether the largest values stay
  TopHeaps(boolean isTop, TakenCounts counts, int stepCount, Reservation memory) {
    this.isTop = isTop;
    this.counts = counts;
    this.memory = memory;
    memory.reserve(16 + 4L * stepCount);
    this.sizes = new int[stepCount];
  }

  int size(int step) {
    return sizes[step];
  }

  double value(int step, int index) {
    return values[step * capacity + index];
  }

  int series(int step, int index) {
    return series[step * capacity + index];
  }

  /// Whether a value would be taken.
  boolean wants(int step, double value) {
    int k = counts.at(step);
    if (sizes[step] < k) {
      return true;
    }
    if (k == 0) {
      return false;
    }
    double first = values[step * capacity];
    return (isTop ? first < value : first > value) || Double.isNaN(first) && !Double.isNaN(value);
  }

  /// Takes a value that is wanted.
  ///
  /// @return the series whose value had to go, or [#ADDED]
  int take(int step, double value, int ofSeries) {
    int size = sizes[step];
    if (size < counts.at(step)) {
      if (size == capacity) {
        grow();
      }
      sizes[step] = size + 1;
      put(step * capacity + size, value, ofSeries);
      siftUp(step * capacity, size);
      return ADDED;
    }
    int top = step * capacity;
    int gone = series[top];
    put(top, value, ofSeries);
    siftDown(top, size);
    return gone;
  }

  /// Whether a value goes before another in the heaps.
  boolean isBefore(double a, double b) {
    return Double.isNaN(a) || (isTop ? a < b : a > b);
  }

  private void grow() {
    int larger = Math.min(counts.max(), Math.max(4, capacity * 2));
    int steps = sizes.length;
    memory.reserve(32 + (long) BYTES_PER_ENTRY * larger * steps);
    // The budget has refused what an array cannot hold long before.
    int length = Math.multiplyExact(larger, steps);
    double[] newValues = new double[length];
    int[] newSeries = new int[length];
    for (int step = 0; step < steps; step++) {
      System.arraycopy(values, step * capacity, newValues, step * larger, sizes[step]);
      System.arraycopy(series, step * capacity, newSeries, step * larger, sizes[step]);
    }
    if (capacity > 0) {
      memory.release(32 + (long) BYTES_PER_ENTRY * capacity * steps);
    }
    values = newValues;
    series = newSeries;
    capacity = larger;
  }

  private void siftUp(int base, int from) {
    int child = from;
    while (child > 0) {
      int parent = (child - 1) / 2;
      if (!isBefore(values[base + child], values[base + parent])) {
        return;
      }
      swap(base + child, base + parent);
      child = parent;
    }
  }

  private void siftDown(int base, int size) {
    int parent = 0;
    while (2 * parent + 1 < size) {
      int child = 2 * parent + 1;
      if (child + 1 < size && isBefore(values[base + child + 1], values[base + child])) {
        child++;
      }
      if (!isBefore(values[base + child], values[base + parent])) {
        return;
      }
      swap(base + child, base + parent);
      parent = child;
    }
  }

  private void put(int at, double value, int ofSeries) {
    values[at] = value;
    series[at] = ofSeries;
  }

  private void swap(int i, int j) {
    double value = values[i];
    int index = series[i];
    put(i, values[j], series[j]);
    put(j, value, index);
  }
}
