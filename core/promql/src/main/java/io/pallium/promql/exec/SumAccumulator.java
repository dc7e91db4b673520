package io.pallium.promql.exec;

import io.pallium.base.HotPath;
import io.pallium.model.KahanSum;
import io.pallium.promql.plan.Site;
import java.util.Arrays;
import java.util.function.Supplier;

/// `sum`, with compensation.
@HotPath
final class SumAccumulator extends Accumulator {
  private final double[] sums;
  private final double[] compensations;
  private final long[] presence;
  private final HistogramSteps histograms;

  SumAccumulator(
      Reservation memory,
      int stepCount,
      Annotations annotations,
      Site site,
      Supplier<String> metricName) {
    this.sums = memory.doubles(stepCount);
    this.compensations = memory.doubles(stepCount);
    this.presence = memory.bitmap(stepCount);
    this.histograms = new HistogramSteps(false, memory, stepCount, annotations, site, metricName);
    // Adding anything to minus zero gives that thing, so the first value needs no case of its own.
    Arrays.fill(sums, -0.0);
  }

  @Override
  void add(StepColumn column) {
    if (histograms.concerns(column)) {
      histograms.take(column, step -> (presence[step >>> 6] >>> step & 1) != 0);
    }
    double[] values = column.values();
    long[] present = column.presence();
    for (int i = 0; i < presence.length; i++) {
      presence[i] |= present[i];
    }
    if (column.presentCount() == values.length) {
      for (int i = 0; i < values.length; i++) {
        addAt(i, values[i]);
      }
      return;
    }
    for (int i = column.nextPresent(0); i >= 0; i = column.nextPresent(i + 1)) {
      addAt(i, values[i]);
    }
  }

  private void addAt(int step, double value) {
    double sum = sums[step];
    double next = sum + value;
    compensations[step] = KahanSum.compensate(value, sum, compensations[step], next);
    sums[step] = next;
  }

  @Override
  void finish(StepColumn out) {
    for (int i = 0; i < sums.length; i++) {
      if ((presence[i >>> 6] >>> i & 1) != 0) {
        out.set(i, sums[i] + compensations[i]);
      }
    }
    histograms.finish(out);
  }
}
