package io.pallium.promql.exec;

import io.pallium.base.HotPath;
import io.pallium.promql.ast.AggregateOp;

/// `count` and `group`.
@HotPath
final class CountAccumulator extends Accumulator {
  private final boolean isGroup;
  private final double[] counts;

  CountAccumulator(AggregateOp op, Reservation memory, int stepCount) {
    this.isGroup = op == AggregateOp.GROUP;
    this.counts = memory.doubles(stepCount);
  }

  @Override
  void add(StepColumn column) {
    for (int i = column.nextPresent(0); i >= 0; i = column.nextPresent(i + 1)) {
      counts[i]++;
    }
  }

  @Override
  void finish(StepColumn out) {
    for (int i = 0; i < counts.length; i++) {
      if (counts[i] > 0) {
        out.set(i, isGroup ? 1 : counts[i]);
      }
    }
  }
}
