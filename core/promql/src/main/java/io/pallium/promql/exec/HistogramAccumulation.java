package io.pallium.promql.exec;

import io.pallium.model.FloatHistogram;
import io.pallium.model.NativeHistogram;
import io.pallium.model.NativeHistogram.ResetHint;
import org.jspecify.annotations.Nullable;

/// The compensated sum of native histograms, or their mean: the sum over the count, or the mean
/// updated one by one from where the sum would overflow.
final class HistogramAccumulation {
  private final boolean isMean;
  private FloatHistogram value;
  private @Nullable FloatHistogram compensation;
  private double count = 1;
  private boolean isIncremental;
  private boolean hasReset;
  private boolean hasNoReset;
  private boolean isReconciled;

  /// @param first becomes part of this object
  HistogramAccumulation(boolean isMean, FloatHistogram first) {
    this.isMean = isMean;
    this.value = first;
    track(first);
  }

  /// Adds a histogram.
  ///
  /// @return false if it cannot be added, since custom and exponential buckets do not mix
  boolean add(FloatHistogram added) {
    track(added);
    count++;
    if (!value.isCompatible(added)) {
      return false;
    }
    isReconciled |= value.hasOtherBounds(added);
    if (!isMean) {
      compensation = value.addCompensated(added, compensation);
      return true;
    }
    if (!isIncremental) {
      FloatHistogram sum = value.copy();
      FloatHistogram c = compensation == null ? null : compensation.copy();
      c = sum.addCompensated(added, c);
      if (!sum.hasInfinity()) {
        value = sum;
        compensation = c;
        return true;
      }
      isIncremental = true;
      value.divide(count - 1);
      if (compensation != null) {
        compensation.divide(count - 1);
      }
    }
    double q = (count - 1) / count;
    if (compensation != null) {
      compensation.multiply(q);
    }
    compensation = value.multiply(q).addCompensated(added.copy().divide(count), compensation);
    return true;
  }

  /// The result; called once, at the end.
  FloatHistogram finish() {
    FloatHistogram c = compensation;
    if (isMean && !isIncremental) {
      value.divide(count);
      if (c != null) {
        c.divide(count);
      }
    }
    if (c != null) {
      value.add(c);
    }
    return value;
  }

  /// Whether some counters were reset before their histogram, and others were not.
  boolean hasConflictingResets() {
    return hasReset && hasNoReset;
  }

  /// Whether custom bounds were different.
  boolean isReconciled() {
    return isReconciled;
  }

  /// The most that it takes while a histogram is added, that included, in bytes. A mean goes back
  /// to a copy where the sum overflows.
  long memoryBytesAdding(NativeHistogram added) {
    return (isMean ? 3 : 2) * (memoryBytes() + 2 * added.memoryBytes());
  }

  /// The memory that it takes, in bytes, about.
  long memoryBytes() {
    return 64 + value.memoryBytes() + (compensation == null ? 0 : compensation.memoryBytes());
  }

  private void track(FloatHistogram histogram) {
    hasReset |= histogram.resetHint() == ResetHint.YES;
    hasNoReset |= histogram.resetHint() == ResetHint.NO;
  }
}
