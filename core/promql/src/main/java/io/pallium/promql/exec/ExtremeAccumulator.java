package io.pallium.promql.exec;

import io.pallium.base.HotPath;
import io.pallium.promql.ast.AggregateOp;
import io.pallium.promql.plan.Site;
import java.util.Arrays;

/// `min` and `max`; NaN only if there is nothing else.
@HotPath
final class ExtremeAccumulator extends Accumulator {
  private final AggregateOp op;
  private final boolean isMax;
  private final double[] extremes;
  private final long[] presence;
  private final Annotations annotations;
  private final Site site;

  ExtremeAccumulator(
      AggregateOp op, Reservation memory, int stepCount, Annotations annotations, Site site) {
    this.op = op;
    this.isMax = op == AggregateOp.MAX;
    this.extremes = memory.doubles(stepCount);
    this.presence = memory.bitmap(stepCount);
    this.annotations = annotations;
    this.site = site;
    Arrays.fill(extremes, Double.NaN);
  }

  @Override
  void add(StepColumn column) {
    if (column.hasHistograms()) {
      IgnoredHistograms.drop(column, op.text(), annotations, site);
    }
    double[] values = column.values();
    for (int i = column.nextPresent(0); i >= 0; i = column.nextPresent(i + 1)) {
      double value = values[i];
      double extreme = extremes[i];
      if (Double.isNaN(extreme) || (isMax ? extreme < value : extreme > value)) {
        extremes[i] = value;
      }
      presence[i >>> 6] |= 1L << i;
    }
  }

  @Override
  void finish(StepColumn out) {
    for (int i = 0; i < extremes.length; i++) {
      if ((presence[i >>> 6] >>> i & 1) != 0) {
        out.set(i, extremes[i]);
      }
    }
  }
}
