package io.pallium.promql.exec;

import io.pallium.base.HotPath;
import io.pallium.model.Labels;
import io.pallium.model.NativeHistogram;
import io.pallium.model.NativeHistogram.ResetHint;
import io.pallium.storage.QueryControl;
import io.pallium.storage.SampleColumn;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Applies a function over a range to the values that another expression has at steps of its own.
/// Streaming over the series of that expression.
@HotPath
final class SubqueryRangeOperator implements SeriesOperator {
  private final SeriesOperator child;
  private final Steps childSteps;
  private final Supplier<RangeKernel> kernels;
  private final int stepCount;
  private final Reservation memory;
  private final QueryControl control;
  private final @Nullable LabelProjection names;
  private final SampleColumn samples;
  private @Nullable RangeKernel kernel;
  private @Nullable StepColumn column;

  SubqueryRangeOperator(
      ExecutionContext context,
      SeriesOperator child,
      Steps childSteps,
      Supplier<RangeKernel> kernels,
      @Nullable LabelProjection names,
      int stepCount) {
    this.child = child;
    this.childSteps = childSteps;
    this.kernels = kernels;
    this.names = names;
    this.stepCount = stepCount;
    this.control = context.control();
    this.memory = context.reservation();
    this.samples = new SampleColumn(control);
  }

  @Override
  public boolean next() {
    StepColumn out = column;
    if (out == null) {
      out = memory.column(stepCount);
      column = out;
    }
    RangeKernel open = kernel;
    if (open == null) {
      open = kernels.get();
      kernel = open;
    }
    while (child.next()) {
      control.giveWay();
      readSamples(child.column());
      out.clear();
      open.compute(samples, child.labels(), out);
      if (!out.isEmpty()) {
        return true;
      }
    }
    return false;
  }

  private void readSamples(StepColumn from) {
    samples.clear();
    samples.ensureRoom(childSteps.count());
    for (int i = from.nextPresent(0); i >= 0; i = from.nextPresent(i + 1)) {
      if (i % QueryControl.SAMPLES_PER_TURN == 0) {
        control.giveWay();
      }
      NativeHistogram histogram = from.histogram(i);
      if (histogram == null) {
        samples.add(childSteps.timeMs(i), from.value(i));
      } else {
        samples.add(childSteps.timeMs(i), withoutCounterHint(histogram));
      }
    }
  }

  /// Hints are about the sample before, which need not be the value at the step before.
  private static NativeHistogram withoutCounterHint(NativeHistogram histogram) {
    return histogram.resetHint() == ResetHint.GAUGE
        ? histogram
        : histogram.withResetHint(ResetHint.UNKNOWN);
  }

  @Override
  public Labels labels() {
    return names == null ? child.labels() : names.apply(child.labels());
  }

  @Override
  public StepColumn column() {
    if (column == null) {
      throw new AssertionError("BUG: no series");
    }
    return column;
  }

  @Override
  public void close() {
    child.close();
    samples.release();
    column = null;
    memory.close();
  }
}
