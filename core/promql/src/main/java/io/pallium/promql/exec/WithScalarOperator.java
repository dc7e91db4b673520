package io.pallium.promql.exec;

import io.pallium.base.HotPath;
import io.pallium.model.NativeHistogram;

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
      boolean dropsName) {
    super(child, dropsName);
    this.kernel = kernel;
    this.scalar = scalar;
    this.isScalarLeft = isScalarLeft;
  }

  @Override
  void change(StepColumn column) {
    if (column.hasHistograms()) {
      refuseHistograms(column);
    }
    double[] scalars = scalar.values();
    double[] values = column.values();
    boolean isFilter = kernel.isFilter();
    for (int i = column.nextPresent(0); i >= 0; i = column.nextPresent(i + 1)) {
      double left = isScalarLeft ? scalars[i] : values[i];
      double right = isScalarLeft ? values[i] : scalars[i];
      if (!isFilter) {
        values[i] = kernel.apply(left, right);
      } else if (!kernel.keeps(left, right)) {
        column.remove(i);
      }
    }
  }

  private void refuseHistograms(StepColumn column) {
    for (int i = column.nextPresent(0); i >= 0; i = column.nextPresent(i + 1)) {
      NativeHistogram histogram = column.histogram(i);
      if (histogram != null) {
        kernel.refuse(isScalarLeft ? null : histogram, isScalarLeft ? histogram : null);
        column.remove(i);
      }
    }
  }
}
