package io.pallium.promql.exec;

import io.pallium.base.HotPath;
import io.pallium.model.NativeHistogram;
import org.jspecify.annotations.Nullable;

/// Combines each value of a series with the scalar of its step. Streaming.
@HotPath
final class WithScalarOperator extends DerivedOperator {
  private final BinaryKernel kernel;
  private final ScalarOperator scalar;
  private final boolean isScalarLeft;

  WithScalarOperator(
      BinaryKernel kernel,
      SeriesOperator child,
      ScalarOperator scalar,
      boolean isScalarLeft,
      @Nullable LabelProjection names) {
    super(child, names);
    this.kernel = kernel;
    this.scalar = scalar;
    this.isScalarLeft = isScalarLeft;
  }

  @Override
  void change(StepColumn column) {
    double[] scalars = scalar.values();
    if (column.hasHistograms() || kernel.isForHistograms()) {
      changeWithHistograms(column, scalars);
      return;
    }
    double[] values = column.values();
    for (int i = column.nextPresent(0); i >= 0; i = column.nextPresent(i + 1)) {
      changeFloat(column, values, i, scalars[i]);
    }
  }

  private void changeFloat(StepColumn column, double[] values, int step, double number) {
    double left = isScalarLeft ? number : values[step];
    double right = isScalarLeft ? values[step] : number;
    if (!kernel.isFilter()) {
      values[step] = kernel.apply(left, right);
    } else if (!kernel.keeps(left, right)) {
      column.remove(step);
    }
  }

  private void changeWithHistograms(StepColumn column, double[] scalars) {
    for (int i = column.nextPresent(0); i >= 0; i = column.nextPresent(i + 1)) {
      NativeHistogram histogram = column.histogram(i);
      if (histogram == null && !kernel.isForHistograms()) {
        changeFloat(column, column.values(), i, scalars[i]);
      } else if (isScalarLeft) {
        kernel.combine(column, i, null, scalars[i], histogram, column.value(i));
      } else {
        kernel.combine(column, i, histogram, column.value(i), null, scalars[i]);
      }
    }
  }
}
