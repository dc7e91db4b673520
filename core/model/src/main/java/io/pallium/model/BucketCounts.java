package io.pallium.model;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The buckets of one side of a float histogram: their indices, ascending, and their counts. Which
/// buckets exist matters beside their counts: an empty one is not the same as none. Mutable,
/// confined to one thread.
///
/// What is computed is done operation by operation in the order of Prometheus, which decides the
/// bits.
public final class BucketCounts {
  private static final int[] NO_INDICES = {};
  private static final double[] NO_COUNTS = {};

  private int[] indices;
  private double[] counts;
  private int size;

  BucketCounts() {
    this.indices = NO_INDICES;
    this.counts = NO_COUNTS;
  }

  private BucketCounts(int[] indices, double[] counts, int size) {
    this.indices = indices;
    this.counts = counts;
    this.size = size;
  }

  /// @param spans gap and length in turn
  /// @param counts absolute counts, which become part of this object
  static BucketCounts of(int[] spans, double[] counts) {
    int[] indices = new int[counts.length];
    int index = 0;
    int at = 0;
    for (int span = 0; span < spans.length; span += 2) {
      index += spans[span];
      for (int i = 0; i < spans[span + 1] && at < indices.length; i++) {
        indices[at++] = index++;
      }
    }
    return new BucketCounts(indices, counts, at);
  }

  /// The number of buckets, empty ones included.
  public int size() {
    return size;
  }

  /// The index within the schema of the n-th bucket.
  public int index(int n) {
    return indices[n];
  }

  /// The count of the n-th bucket.
  public double count(int n) {
    return counts[n];
  }

  /// Changes the count of the n-th bucket.
  public void setCount(int n, double count) {
    counts[n] = count;
  }

  /// Gap and length in turn, neighbours joined.
  int[] toSpans() {
    int spans = 0;
    for (int i = 0; i < size; i++) {
      if (i == 0 || indices[i] != indices[i - 1] + 1) {
        spans++;
      }
    }
    int[] result = new int[2 * spans];
    int at = -2;
    for (int i = 0; i < size; i++) {
      if (i == 0 || indices[i] != indices[i - 1] + 1) {
        at += 2;
        result[at] = i == 0 ? indices[0] : indices[i] - indices[i - 1] - 1;
      }
      result[at + 1]++;
    }
    return result;
  }

  long[] toBits() {
    long[] bits = new long[size];
    for (int i = 0; i < size; i++) {
      bits[i] = Double.doubleToRawLongBits(counts[i]);
    }
    return bits;
  }

  BucketCounts copy() {
    return new BucketCounts(Arrays.copyOf(indices, size), Arrays.copyOf(counts, size), size);
  }

  /// The same buckets, all empty.
  BucketCounts emptied() {
    return new BucketCounts(Arrays.copyOf(indices, size), new double[size], size);
  }

  void clear() {
    size = 0;
  }

  void multiply(double factor) {
    for (int i = 0; i < size; i++) {
      counts[i] *= factor;
    }
  }

  void divide(double divisor) {
    for (int i = 0; i < size; i++) {
      counts[i] /= divisor;
    }
  }

  boolean hasInfinity() {
    for (int i = 0; i < size; i++) {
      if (Double.isInfinite(counts[i])) {
        return true;
      }
    }
    return false;
  }

  /// Leaves out the empty buckets.
  void compact() {
    int kept = 0;
    for (int i = 0; i < size; i++) {
      if (counts[i] != 0) {
        indices[kept] = indices[i];
        counts[kept] = counts[i];
        kept++;
      }
    }
    size = kept;
  }

  /// Leaves out the buckets that are empty here and in the compensations.
  void compact(BucketCounts compensations) {
    int kept = 0;
    for (int i = 0; i < size; i++) {
      if (counts[i] != 0 || compensations.counts[i] != 0) {
        indices[kept] = indices[i];
        counts[kept] = counts[i];
        compensations.indices[kept] = indices[i];
        compensations.counts[kept] = compensations.counts[i];
        kept++;
      }
    }
    size = kept;
    compensations.size = kept;
  }

  /// The buckets of a coarser schema.
  ///
  /// @param levels by how much it is coarser
  BucketCounts reduced(int levels) {
    var target = new BucketCounts(new int[size], new double[size], 0);
    for (int i = 0; i < size; i++) {
      int index = coarser(indices[i], levels);
      int last = target.size - 1;
      if (last >= 0 && target.indices[last] == index) {
        target.counts[last] += counts[i];
      } else {
        target.append(index, counts[i]);
      }
    }
    return target;
  }

  /// Goes over to a coarser schema, with compensation.
  void reduce(int levels, BucketCounts compensations) {
    int last = -1;
    for (int i = 0; i < size; i++) {
      int index = coarser(indices[i], levels);
      double count = counts[i];
      double compensation = compensations.counts[i];
      if (last >= 0 && indices[last] == index) {
        accumulate(last, count, compensations);
        accumulate(last, compensation, compensations);
        continue;
      }
      last++;
      indices[last] = index;
      counts[last] = count;
      compensations.indices[last] = index;
      compensations.counts[last] = compensation;
    }
    size = last + 1;
    compensations.size = size;
  }

  /// Adds the buckets of another side of the same schema; those that do not exist here are made.
  ///
  /// @param from the first of the other buckets that is added
  /// @param isNegative whether they are subtracted
  void add(BucketCounts other, int from, boolean isNegative) {
    int mine = size - 1;
    int at = growTo(size + missing(other, from)) - 1;
    // From the back, so that no bucket is overwritten before it has moved.
    for (int i = other.size - 1; i >= from; at--) {
      int index = other.indices[i];
      if (mine >= 0 && indices[mine] > index) {
        indices[at] = indices[mine];
        counts[at] = counts[mine--];
        continue;
      }
      double added = isNegative ? -other.counts[i] : other.counts[i];
      boolean isKnown = mine >= 0 && indices[mine] == index;
      indices[at] = index;
      counts[at] = isKnown ? counts[mine--] + added : added;
      i--;
    }
  }

  /// Adds with compensation.
  ///
  /// @param compensations of this side; keeps having the same buckets
  /// @param otherCompensations of the other side; null if there are none
  void add(
      BucketCounts other,
      int from,
      BucketCounts compensations,
      @Nullable BucketCounts otherCompensations) {
    int mine = size - 1;
    int at = growTo(size + missing(other, from)) - 1;
    compensations.growTo(size);
    for (int i = other.size - 1; i >= from; at--) {
      int index = other.indices[i];
      if (mine >= 0 && indices[mine] > index) {
        move(mine--, at, compensations);
        continue;
      }
      double compensation = otherCompensations == null ? 0 : otherCompensations.counts[i];
      if (mine >= 0 && indices[mine] == index) {
        move(mine--, at, compensations);
        accumulate(at, other.counts[i], compensations);
        if (compensation != 0) {
          accumulate(at, compensation, compensations);
        }
      } else {
        indices[at] = index;
        counts[at] = other.counts[i];
        compensations.indices[at] = index;
        compensations.counts[at] = compensation;
      }
      i--;
    }
  }

  /// Whether these are the same buckets with the same counts, bit by bit.
  boolean isEqualTo(BucketCounts other) {
    if (size != other.size) {
      return false;
    }
    for (int i = 0; i < size; i++) {
      if (indices[i] != other.indices[i]
          || Double.doubleToRawLongBits(counts[i]) != Double.doubleToRawLongBits(other.counts[i])) {
        return false;
      }
    }
    return true;
  }

  /// Whether a bucket that had observations before has less now.
  ///
  /// @param from the first bucket that matters here
  /// @param beforeFrom the first bucket that matters in `before`
  boolean isBelow(BucketCounts before, int from, int beforeFrom) {
    int at = from;
    for (int i = beforeFrom; i < before.size; i++) {
      while (at < size && indices[at] < before.indices[i]) {
        at++;
      }
      boolean exists = at < size && indices[at] == before.indices[i];
      if (exists ? counts[at] < before.counts[i] : before.counts[i] != 0) {
        return true;
      }
    }
    return false;
  }

  /// Adds a bucket behind all others.
  void append(int index, double count) {
    if (size == indices.length) {
      int room = Math.max(8, size * 2);
      indices = Arrays.copyOf(indices, room);
      counts = Arrays.copyOf(counts, room);
    }
    indices[size] = index;
    counts[size] = count;
    size++;
  }

  private void accumulate(int at, double added, BucketCounts compensations) {
    double sum = counts[at];
    double next = sum + added;
    compensations.counts[at] = KahanSum.compensate(added, sum, compensations.counts[at], next);
    counts[at] = next;
  }

  private void move(int from, int to, BucketCounts compensations) {
    indices[to] = indices[from];
    counts[to] = counts[from];
    compensations.indices[to] = compensations.indices[from];
    compensations.counts[to] = compensations.counts[from];
  }

  /// How many of the other buckets do not exist here.
  private int missing(BucketCounts other, int from) {
    int missing = 0;
    int at = 0;
    for (int i = from; i < other.size; i++) {
      while (at < size && indices[at] < other.indices[i]) {
        at++;
      }
      if (at == size || indices[at] != other.indices[i]) {
        missing++;
      }
    }
    return missing;
  }

  private int growTo(int newSize) {
    if (newSize > indices.length) {
      indices = Arrays.copyOf(indices, newSize);
      counts = Arrays.copyOf(counts, newSize);
    }
    size = newSize;
    return newSize;
  }

  private static int coarser(int index, int levels) {
    return ((index - 1) >> levels) + 1;
  }
}
