package io.pallium.model;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// What happens to custom buckets whose bounds differ: they are merged into those between the
/// bounds that both histograms have.
final class CustomBounds {
  private static final double[] NO_BOUNDS = {};

  private CustomBounds() {}

  static boolean areEqual(double[] a, double[] b) {
    if (a == b) {
      return true;
    }
    if (a.length != b.length) {
      return false;
    }
    for (int i = 0; i < a.length; i++) {
      if (a[i] != b[i]) {
        return false;
      }
    }
    return true;
  }

  /// The bounds that both have.
  static double[] common(double[] a, double[] b) {
    double[] result = new double[Math.min(a.length, b.length)];
    int size = 0;
    int i = 0;
    int j = 0;
    while (i < a.length && j < b.length) {
      if (a[i] == b[j]) {
        result[size++] = a[i++];
        j++;
      } else if (a[i] < b[j]) {
        i++;
      } else {
        j++;
      }
    }
    return size == 0 ? NO_BOUNDS : Arrays.copyOf(result, size);
  }

  /// Whether there are less observations than before between any two of the bounds that both have.
  static boolean isBelow(
      BucketCounts now, double[] bounds, BucketCounts before, double[] beforeBounds) {
    double[] common = common(bounds, beforeBounds);
    int at = 0;
    int beforeAt = 0;
    for (int i = 0; i <= common.length; i++) {
      double bound = i == common.length ? Double.POSITIVE_INFINITY : common[i];
      double sum = 0;
      for (; at < now.size() && upper(now, at, bounds) <= bound; at++) {
        sum += now.count(at);
      }
      double beforeSum = 0;
      for (; beforeAt < before.size() && upper(before, beforeAt, beforeBounds) <= bound; ) {
        beforeSum += before.count(beforeAt++);
      }
      if (sum < beforeSum) {
        return true;
      }
    }
    return false;
  }

  private static double upper(BucketCounts buckets, int n, double[] bounds) {
    int index = buckets.index(n);
    return index < bounds.length ? bounds[index] : Double.POSITIVE_INFINITY;
  }

  /// Adds up buckets of different bounds, with compensation.
  static final class Merger {
    private final double[] bounds;
    private final double[] sums;
    private final double[] lost;

    Merger(double[] a, double[] b) {
      this.bounds = common(a, b);
      this.sums = new double[bounds.length + 1];
      this.lost = new double[bounds.length + 1];
    }

    /// @param compensations added after each bucket's count; null if there are none
    void add(
        BucketCounts buckets,
        double[] from,
        @Nullable BucketCounts compensations,
        boolean isNegative) {
      int target = 0;
      for (int i = 0; i < buckets.size(); i++) {
        double upper = upper(buckets, i, from);
        while (target < bounds.length && bounds[target] < upper) {
          target++;
        }
        add(target, isNegative ? -buckets.count(i) : buckets.count(i));
        if (compensations != null) {
          add(target, compensations.count(i));
        }
      }
    }

    double[] bounds() {
      return bounds;
    }

    /// The buckets that are not empty.
    BucketCounts counts() {
      return list(sums);
    }

    /// What rounding lost, for the same buckets.
    BucketCounts compensations() {
      return list(lost);
    }

    private BucketCounts list(double[] values) {
      var list = new BucketCounts();
      for (int i = 0; i < values.length; i++) {
        if (sums[i] != 0 || lost[i] != 0) {
          list.append(i, values[i]);
        }
      }
      return list;
    }

    private void add(int target, double added) {
      double next = sums[target] + added;
      lost[target] = KahanSum.compensate(added, sums[target], lost[target], next);
      sums[target] = next;
    }
  }
}
