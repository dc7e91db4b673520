package io.pallium.promql.exec;

import io.pallium.base.HotPath;
import io.pallium.model.KahanSum;
import io.pallium.promql.plan.Site;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// `avg`: the compensated sum over the count, and the mean updated value by value from where the
/// sum would overflow.
@HotPath
final class AvgAccumulator extends Accumulator {
  private final Reservation memory;
  private final double[] sums;
  private final double[] compensations;
  private final double[] counts;
  private final HistogramSteps histograms;

  /// Steps whose sum would overflow: their sum holds the mean.
  private long @Nullable [] incremental;

  AvgAccumulator(
      Reservation memory,
      int stepCount,
      Annotations annotations,
      Site site,
      Supplier<String> metricName) {
    this.memory = memory;
    this.sums = memory.doubles(stepCount);
    this.compensations = memory.doubles(stepCount);
    this.counts = memory.doubles(stepCount);
    this.histograms = new HistogramSteps(true, memory, stepCount, annotations, site, metricName);
  }

  @Override
  void add(StepColumn column) {
    if (histograms.concerns(column)) {
      histograms.take(column, step -> counts[step] > 0);
    }
    double[] values = column.values();
    for (int i = column.nextPresent(0); i >= 0; i = column.nextPresent(i + 1)) {
      double count = ++counts[i];
      double value = values[i];
      if (count == 1) {
        sums[i] = value;
      } else if (isIncremental(i)) {
        addToMean(i, value, count);
      } else {
        addToSum(i, value, count);
      }
    }
  }

  private void addToSum(int step, double value, double count) {
    double sum = sums[step];
    double next = sum + value;
    if (Double.isInfinite(next)) {
      long[] steps = incremental;
      if (steps == null) {
        steps = memory.bitmap(counts.length);
        incremental = steps;
      }
      steps[step >>> 6] |= 1L << step;
      sums[step] = sum / (count - 1);
      compensations[step] /= count - 1;
      addToMean(step, value, count);
      return;
    }
    compensations[step] = KahanSum.compensate(value, sum, compensations[step], next);
    sums[step] = next;
  }

  private void addToMean(int step, double value, double count) {
    double q = (count - 1) / count;
    double added = value / count;
    double kept = q * sums[step];
    double next = kept + added;
    compensations[step] = KahanSum.compensate(added, kept, q * compensations[step], next);
    sums[step] = next;
  }

  private boolean isIncremental(int step) {
    return incremental != null && (incremental[step >>> 6] >>> step & 1) != 0;
  }

  @Override
  void finish(StepColumn out) {
    for (int i = 0; i < counts.length; i++) {
      double count = counts[i];
      if (count > 0) {
        out.set(
            i,
            isIncremental(i)
                ? sums[i] + compensations[i]
                : sums[i] / count + compensations[i] / count);
      }
    }
    histograms.finish(out);
  }
}
