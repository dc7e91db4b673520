package io.pallium.promql.exec;

import io.pallium.model.Labels;
import io.pallium.promql.arithmetic.GoMath;
import io.pallium.promql.plan.Site;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `quantile` as an aggregation. Blocking: it needs all values of a step at once.
final class QuantileOperator extends BlockingOperator {
  private record Group(Labels labels, List<StepColumn> columns) {}

  private final ExecutionContext context;
  private final ScalarOperator quantile;
  private final SeriesOperator child;
  private final @Nullable LabelProjection grouping;
  private final int stepCount;
  private final Site quantileSite;
  private final Site childSite;

  QuantileOperator(
      ExecutionContext context,
      ScalarOperator quantile,
      SeriesOperator child,
      @Nullable LabelProjection grouping,
      int stepCount,
      Site quantileSite,
      Site childSite) {
    super(context.reservation());
    this.context = context;
    this.quantile = quantile;
    this.child = child;
    this.grouping = grouping;
    this.stepCount = stepCount;
    this.quantileSite = quantileSite;
    this.childSite = childSite;
  }

  @Override
  SeriesOperator compute() {
    double[] quantiles = quantile.values();
    warn(quantiles);
    var groups = new Groups<>(grouping, memory(), labels -> new Group(labels, new ArrayList<>()));
    while (child.next()) {
      StepColumn column = child.column();
      if (column.hasHistograms()) {
        IgnoredHistograms.drop(column, "quantile", context.annotations(), childSite);
      }
      StepColumn copy = memory().column(stepCount);
      copy.copyFrom(column);
      groups.of(child).columns.add(copy);
    }
    child.close();
    var results = new SeriesTable(memory(), stepCount);
    for (Group group : groups.all()) {
      compute(group.columns, quantiles, results.addEmpty(group.labels));
    }
    return results.operator();
  }

  private void compute(List<StepColumn> columns, double[] quantiles, StepColumn out) {
    double[] values = memory().doubles(columns.size());
    for (int step = 0; step < stepCount; step++) {
      context.control().giveWay();
      int count = 0;
      for (StepColumn column : columns) {
        if (column.isPresent(step)) {
          values[count++] = column.value(step);
        }
      }
      if (count > 0) {
        out.set(step, QuantileFunction.quantile(quantiles[step], values, count));
      }
    }
  }

  private void warn(double[] quantiles) {
    double min = Double.MAX_VALUE;
    double max = -Double.MAX_VALUE;
    boolean hasNan = false;
    for (double value : quantiles) {
      min = GoMath.min(min, value);
      max = GoMath.max(max, value);
      hasNan |= Double.isNaN(value);
    }
    if (hasNan) {
      QuantileWarning.add(context.annotations(), quantileSite, Double.NaN);
    }
    if (max > 1) {
      QuantileWarning.add(context.annotations(), quantileSite, max);
    }
    if (min < 0) {
      QuantileWarning.add(context.annotations(), quantileSite, min);
    }
  }

  @Override
  void closeChildren() {
    child.close();
  }
}
