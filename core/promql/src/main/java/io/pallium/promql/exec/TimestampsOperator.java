package io.pallium.promql.exec;

import io.pallium.base.HotPath;

/// The time of the step in seconds, where a series has a value. Streaming.
@HotPath
final class TimestampsOperator extends DerivedOperator {
  private final Steps steps;

  TimestampsOperator(SeriesOperator child, Steps steps, LabelProjection names) {
    super(child, names);
    this.steps = steps;
  }

  @Override
  void change(StepColumn column) {
    for (int i = column.nextPresent(0); i >= 0; i = column.nextPresent(i + 1)) {
      column.remove(i);
      column.set(i, steps.timeMs(i) / 1000.0);
    }
  }
}
