package io.pallium.promql.exec;

import io.pallium.base.HotPath;
import io.pallium.promql.ast.AggregateOp;
import io.pallium.promql.plan.Site;

/// `stdvar` and `stddev`.
///
/// Source: Welford, Note on a method for calculating corrected sums of squares, 1962.
@HotPath
final class VarianceAccumulator extends Accumulator {
  private final AggregateOp op;
  private final double[] counts;
  private final double[] means;
  private final double[] squares;
  private final Annotations annotations;
  private final Site site;

  VarianceAccumulator(
      AggregateOp op, Reservation memory, int stepCount, Annotations annotations, Site site) {
    this.op = op;
    this.counts = memory.doubles(stepCount);
    this.means = memory.doubles(stepCount);
    this.squares = memory.doubles(stepCount);
    this.annotations = annotations;
    this.site = site;
  }

  @Override
  void add(StepColumn column) {
    if (column.hasHistograms()) {
      IgnoredHistograms.drop(column, op.text(), annotations, site);
    }
    double[] values = column.values();
    for (int i = column.nextPresent(0); i >= 0; i = column.nextPresent(i + 1)) {
      double count = ++counts[i];
      double value = values[i];
      if (count == 1) {
        means[i] = value;
        squares[i] = Double.isFinite(value) ? 0 : Double.NaN;
        continue;
      }
      double delta = value - means[i];
      means[i] += delta / count;
      squares[i] += delta * (value - means[i]);
    }
  }

  @Override
  void finish(StepColumn out) {
    for (int i = 0; i < counts.length; i++) {
      if (counts[i] > 0) {
        double variance = squares[i] / counts[i];
        out.set(i, op == AggregateOp.STDDEV ? Math.sqrt(variance) : variance);
      }
    }
  }
}
