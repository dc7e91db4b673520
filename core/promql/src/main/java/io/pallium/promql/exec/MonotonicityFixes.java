package io.pallium.promql.exec;

import org.jspecify.annotations.Nullable;

/// The fixes of the classic histograms of one name, at all steps.
final class MonotonicityFixes {
  private final int[] perStep;
  private @Nullable MonotonicityFix fix;

  MonotonicityFixes(int stepCount) {
    this.perStep = new int[stepCount];
  }

  void add(int step, MonotonicityFix added) {
    perStep[step]++;
    fix = fix == null ? added : fix.merge(added);
  }

  /// Intended: Prometheus adds the count so far to itself at each step after the first that needed
  /// a fix, and its text says so.
  MonotonicityFix asPrometheusCounts() {
    long count = 0;
    for (int fixes : perStep) {
      count = count == 0 ? fixes : 2 * (count + fixes);
    }
    if (fix == null) {
      throw new AssertionError("BUG: no fix");
    }
    return fix.withSamples(count);
  }
}
