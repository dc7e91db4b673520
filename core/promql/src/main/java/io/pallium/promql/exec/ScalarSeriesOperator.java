package io.pallium.promql.exec;

import io.pallium.model.Labels;
import org.jspecify.annotations.Nullable;

/// A scalar as the only series, without labels.
final class ScalarSeriesOperator implements SeriesOperator {
  private final ScalarOperator scalar;
  private final Reservation memory;
  private final int stepCount;
  private @Nullable StepColumn column;

  ScalarSeriesOperator(ScalarOperator scalar, Reservation memory, int stepCount) {
    this.scalar = scalar;
    this.memory = memory;
    this.stepCount = stepCount;
  }

  @Override
  public boolean next() {
    if (column != null || stepCount == 0) {
      return false;
    }
    StepColumn out = memory.column(stepCount);
    double[] values = scalar.values();
    for (int i = 0; i < stepCount; i++) {
      out.set(i, values[i]);
    }
    column = out;
    return true;
  }

  @Override
  public Labels labels() {
    return Labels.EMPTY;
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
    memory.close();
  }
}
