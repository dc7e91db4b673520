package io.pallium.promql.exec;

import io.pallium.base.HotPath;
import io.pallium.model.Labels;
import io.pallium.model.NativeHistogram;
import org.jspecify.annotations.Nullable;

/// Repeats the value of the only step of its child at all steps. Streaming.
@HotPath
final class StepInvariantOperator implements SeriesOperator {
  private final SeriesOperator child;
  private final Reservation memory;
  private final int stepCount;
  private @Nullable StepColumn column;

  StepInvariantOperator(SeriesOperator child, Reservation memory, int stepCount) {
    this.child = child;
    this.memory = memory;
    this.stepCount = stepCount;
  }

  @Override
  public boolean next() {
    if (!child.next()) {
      return false;
    }
    StepColumn out = column;
    if (out == null) {
      out = memory.column(stepCount);
      column = out;
    }
    out.clear();
    NativeHistogram histogram = child.column().histogram(0);
    double value = child.column().value(0);
    for (int i = 0; i < stepCount; i++) {
      if (histogram == null) {
        out.set(i, value);
      } else {
        out.set(i, histogram);
      }
    }
    return true;
  }

  @Override
  public Labels labels() {
    return child.labels();
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
    column = null;
    memory.close();
  }
}
