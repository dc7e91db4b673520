package io.pallium.promql.exec;

import io.pallium.base.HotPath;
import java.util.Arrays;

/// The buckets of one classic histogram at one step, and the quantile that they give. Confined to
/// one thread; reused for all steps and histograms.
@HotPath
final class Buckets {
  private static final double SMALL_DIFFERENCE = 1e-12;

  private double[] bounds = new double[32];
  private double[] counts = new double[32];
  private int size;

  /// What the last quantile had to correct: by how much counts went down, and between which bounds.
  private double maxDifference;

  private double minFixed;
  private double maxFixed;

  void clear() {
    size = 0;
  }

  boolean isEmpty() {
    return size == 0;
  }

  /// Adds a bucket; those of a histogram come in ascending order of their upper bounds.
  void add(double upperBound, double count) {
    if (size > 0 && bounds[size - 1] == upperBound) {
      counts[size - 1] += count;
      return;
    }
    if (size == bounds.length) {
      bounds = Arrays.copyOf(bounds, size * 2);
      counts = Arrays.copyOf(counts, size * 2);
    }
    bounds[size] = upperBound;
    counts[size] = count;
    size++;
  }

  /// Whether the last quantile had to make the counts monotonic.
  boolean wasFixed() {
    return maxDifference > 0;
  }

  /// The correction that the last quantile made.
  MonotonicityFix fix(long stepMs) {
    return new MonotonicityFix(stepMs, stepMs, minFixed, maxFixed, maxDifference, 1);
  }

  /// The quantile, interpolated within its bucket.
  double quantile(double quantile) {
    maxDifference = 0;
    if (Double.isNaN(quantile)) {
      return Double.NaN;
    }
    if (quantile < 0) {
      return Double.NEGATIVE_INFINITY;
    }
    if (quantile > 1) {
      return Double.POSITIVE_INFINITY;
    }
    if (bounds[size - 1] != Double.POSITIVE_INFINITY) {
      return Double.NaN;
    }
    makeMonotonic();
    double observations = counts[size - 1];
    if (size < 2 || observations == 0) {
      return Double.NaN;
    }
    double rank = quantile * observations;
    int bucket = firstAtLeast(rank);
    if (bucket == size - 1) {
      return bounds[size - 2];
    }
    if (bucket == 0 && bounds[0] <= 0) {
      return bounds[0];
    }
    double start = 0;
    double count = counts[bucket];
    if (bucket > 0) {
      start = bounds[bucket - 1];
      count -= counts[bucket - 1];
      rank -= counts[bucket - 1];
    }
    return start + (bounds[bucket] - start) * (rank / count);
  }

  /// The fraction of observations between two values, interpolated within buckets.
  double fraction(double from, double to) {
    if (bounds[size - 1] != Double.POSITIVE_INFINITY) {
      return Double.NaN;
    }
    double total = counts[size - 1];
    if (total == 0 || Double.isNaN(from) || Double.isNaN(to)) {
      return Double.NaN;
    }
    if (from >= to) {
      return 0;
    }
    return (countBelow(to, total) - countBelow(from, total)) / total;
  }

  /// How many observations lie below a value. Buckets below zero have no end.
  private double countBelow(double value, double total) {
    double before = 0;
    double lower = bounds[0] <= 0 ? Double.NEGATIVE_INFINITY : 0;
    for (int i = 0; i < size; i++) {
      if (lower >= value) {
        return before > total ? total : before;
      }
      if (bounds[i] > value) {
        double count = counts[i];
        double below =
            lower == Double.NEGATIVE_INFINITY
                ? count
                : before + (count - before) * (value - lower) / (bounds[i] - lower);
        return below > total ? total : below;
      }
      before = counts[i];
      lower = bounds[i];
    }
    return total;
  }

  /// The first of all buckets but the last whose count is not below the rank, else the last: by
  /// binary search, as counts that are NaN make the order matter.
  private int firstAtLeast(double rank) {
    int low = 0;
    int high = size - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (counts[middle] >= rank) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  private void makeMonotonic() {
    minFixed = Double.POSITIVE_INFINITY;
    maxFixed = Double.NEGATIVE_INFINITY;
    double before = counts[0];
    for (int i = 1; i < size; i++) {
      double count = counts[i];
      if (count == before) {
        continue;
      }
      if (isAlmostEqual(before, count)) {
        counts[i] = before;
      } else if (count < before) {
        counts[i] = before;
        minFixed = Math.min(minFixed, bounds[i]);
        maxFixed = Math.max(maxFixed, bounds[i]);
        maxDifference = Math.max(maxDifference, before - count);
      } else {
        before = count;
      }
    }
  }

  private static boolean isAlmostEqual(double a, double b) {
    if (Double.isNaN(a) && Double.isNaN(b)) {
      return true;
    }
    double sum = Math.abs(a) + Math.abs(b);
    double difference = Math.abs(a - b);
    if (a == 0 || b == 0 || sum < Double.MIN_NORMAL) {
      return difference < SMALL_DIFFERENCE * Double.MIN_NORMAL;
    }
    return difference / Math.min(sum, Double.MAX_VALUE) < SMALL_DIFFERENCE;
  }
}
