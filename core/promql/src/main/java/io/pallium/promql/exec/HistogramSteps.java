package io.pallium.promql.exec;

import io.pallium.model.FloatHistogram;
import io.pallium.model.NativeHistogram;
import io.pallium.promql.plan.Site;
import java.util.function.IntPredicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The native histograms of a group: their sum or mean at each step. Where there are floats at the
/// same step, or custom buckets beside exponential ones, there is no result, and a warning.
final class HistogramSteps {
  private final boolean isMean;
  private final Reservation memory;
  private final Scratch scratch;
  private final int stepCount;
  private final Annotations annotations;
  private final Site site;
  private final Supplier<String> metricName;
  private long @Nullable [] steps;
  private long @Nullable [] incompatible;
  private @Nullable HistogramAccumulation @Nullable [] accumulations;

  /// @param isMean whether the mean is the result rather than the sum
  /// @param metricName the name of the series that is being added
  HistogramSteps(
      boolean isMean,
      Reservation memory,
      int stepCount,
      Annotations annotations,
      Site site,
      Supplier<String> metricName) {
    this.isMean = isMean;
    this.memory = memory;
    this.scratch = memory.scratch();
    this.stepCount = stepCount;
    this.annotations = annotations;
    this.site = site;
    this.metricName = metricName;
  }

  /// Whether [#take] must see a column.
  boolean concerns(StepColumn column) {
    return column.hasHistograms() || incompatible != null;
  }

  /// Takes the histograms out of a column, and the floats at steps that have failed already.
  ///
  /// @param hasFloat at which steps the group has floats so far
  void take(StepColumn column, IntPredicate hasFloat) {
    for (int i = column.nextPresent(0); i >= 0; i = column.nextPresent(i + 1)) {
      NativeHistogram histogram = column.histogram(i);
      boolean hasFailed = incompatible != null && (incompatible[i >>> 6] >>> i & 1) != 0;
      if (histogram != null || hasFailed) {
        column.remove(i);
      }
      if (histogram != null && !hasFailed) {
        add(histogram, i, hasFloat);
      }
    }
  }

  private void add(NativeHistogram histogram, int step, IntPredicate hasFloat) {
    @Nullable HistogramAccumulation[] all = accumulations;
    if (steps == null || all == null) {
      steps = memory.bitmap(stepCount);
      memory.reserve(16 + 8L * stepCount);
      all = new HistogramAccumulation[stepCount];
      accumulations = all;
    }
    steps[step >>> 6] |= 1L << step;
    HistogramAccumulation before = all[step];
    if (before == null) {
      // After a float there is going to be no result.
      if (!hasFloat.test(step)) {
        scratch.ensureFor(histogram);
        var first = new HistogramAccumulation(isMean, FloatHistogram.of(histogram));
        memory.reserve(first.memoryBytes());
        all[step] = first;
      }
      return;
    }
    long heldBytes = before.memoryBytes();
    boolean wasReconciled = before.isReconciled();
    long addingBytes = before.memoryBytesAdding(histogram);
    memory.reserve(addingBytes);
    if (!before.add(FloatHistogram.of(histogram))) {
      HistogramNotes.warnMixedSchemas(annotations, site, metricName.get());
      fail(step);
    } else if (before.isReconciled() && !wasReconciled) {
      HistogramNotes.informReconciled(annotations, site, HistogramNotes.Operation.AGGREGATION);
    }
    memory.release(addingBytes + heldBytes - before.memoryBytes());
  }

  private void fail(int step) {
    long[] failed = incompatible;
    if (failed == null) {
      failed = memory.bitmap(stepCount);
      incompatible = failed;
    }
    failed[step >>> 6] |= 1L << step;
  }

  /// Adds the results to those of the floats, and removes the steps that had both kinds.
  void finish(StepColumn out) {
    long[] all = steps;
    if (all == null) {
      return;
    }
    for (int i = 0; i < stepCount; i++) {
      if ((all[i >>> 6] >>> i & 1) == 0) {
        continue;
      }
      if (out.isPresent(i)) {
        annotations.warn(site, "encountered a mix of histograms and floats for aggregation");
        out.remove(i);
      } else if (incompatible == null || (incompatible[i >>> 6] >>> i & 1) == 0) {
        finish(i, out);
      }
    }
  }

  private void finish(int step, StepColumn out) {
    HistogramAccumulation accumulation = accumulations == null ? null : accumulations[step];
    if (accumulation == null) {
      throw new AssertionError("BUG: no histogram at step " + step);
    }
    if (accumulation.hasConflictingResets()) {
      HistogramNotes.warnConflictingResets(annotations, site, HistogramNotes.Operation.AGGREGATION);
    }
    scratch.ensure(2 * accumulation.memoryBytes());
    out.set(step, accumulation.finish().compact().toNative());
  }
}
