package io.pallium.promql.exec;

import io.pallium.promql.ast.AggregateOp;
import io.pallium.promql.plan.Site;
import java.util.function.Supplier;

/// Folds series into one group: columns over the steps that take one series after another.
abstract class Accumulator {
  /// Adds a series.
  abstract void add(StepColumn column);

  /// Writes the group's values into an empty column; called once, at the end.
  abstract void finish(StepColumn out);

  /// A new group.
  ///
  /// @param metricName the name of the series that is being added
  static Accumulator create(
      AggregateOp op,
      Reservation memory,
      int stepCount,
      Annotations annotations,
      Site site,
      Supplier<String> metricName) {
    return switch (op) {
      case SUM -> new SumAccumulator(memory, stepCount, annotations, site, metricName);
      case AVG -> new AvgAccumulator(memory, stepCount, annotations, site, metricName);
      case MIN, MAX -> new ExtremeAccumulator(op, memory, stepCount, annotations, site);
      case COUNT, GROUP -> new CountAccumulator(op, memory, stepCount);
      case STDDEV, STDVAR -> new VarianceAccumulator(op, memory, stepCount, annotations, site);
      case BOTTOMK, TOPK, COUNT_VALUES, QUANTILE, LIMITK, LIMIT_RATIO ->
          throw new AssertionError("BUG: aggregation " + op.text() + " is not a fold");
    };
  }
}
