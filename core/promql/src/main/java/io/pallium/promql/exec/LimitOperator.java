package io.pallium.promql.exec;

import io.pallium.base.HotPath;
import org.jspecify.annotations.Nullable;

/// `limitk`: the first series of each group at each step. Streaming; holds a number per group and
/// step.
@HotPath
final class LimitOperator extends PassingOperator {
  private final ScalarOperator param;
  private final Reservation memory;
  private final Groups<int[]> groups;
  private @Nullable TakenCounts counts;

  LimitOperator(
      ScalarOperator param,
      SeriesOperator child,
      @Nullable LabelProjection grouping,
      int stepCount,
      Reservation memory) {
    super(child);
    this.param = param;
    this.memory = memory;
    this.groups =
        new Groups<>(
            grouping,
            memory,
            _ -> {
              memory.reserve(16 + 4L * stepCount);
              return new int[stepCount];
            });
  }

  @Override
  public boolean next() {
    TakenCounts limits = counts;
    if (limits == null) {
      limits = TakenCounts.of(param, memory);
      counts = limits;
    }
    while (child.next()) {
      StepColumn column = child.column();
      if (limits.max() == 0) {
        continue;
      }
      int[] taken = groups.of(child);
      for (int i = column.nextPresent(0); i >= 0; i = column.nextPresent(i + 1)) {
        if (taken[i] < limits.at(i)) {
          taken[i]++;
        } else {
          column.remove(i);
        }
      }
      if (!column.isEmpty()) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void close() {
    super.close();
    groups.clear();
    memory.close();
  }
}
