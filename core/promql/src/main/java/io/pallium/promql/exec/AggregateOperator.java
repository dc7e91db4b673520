package io.pallium.promql.exec;

import io.pallium.model.Labels;
import io.pallium.promql.ast.AggregateOp;
import io.pallium.promql.plan.Site;
import org.jspecify.annotations.Nullable;

/// Folds the series of its child into groups, in the order in which they come. Memory is groups ×
/// steps, whatever the number of series.
final class AggregateOperator implements SeriesOperator {
  private record Group(Labels labels, Accumulator accumulator) {}

  private final ExecutionContext context;
  private final AggregateOp op;
  private final Site site;
  private final SeriesOperator child;
  private final @Nullable String metricName;
  private final int stepCount;
  private final Reservation memory;
  private final Groups<Group> groups;
  private boolean isFolded;
  private int next;
  private Labels labels = Labels.EMPTY;
  private @Nullable StepColumn column;

  /// @param grouping the labels that make a group; null if all series are in one
  /// @param metricName the name that all series have; null if their labels tell
  AggregateOperator(
      ExecutionContext context,
      AggregateOp op,
      Site site,
      SeriesOperator child,
      @Nullable LabelProjection grouping,
      @Nullable String metricName,
      int stepCount) {
    this.context = context;
    this.op = op;
    this.site = site;
    this.child = child;
    this.metricName = metricName;
    this.stepCount = stepCount;
    this.memory = context.reservation();
    this.groups = new Groups<>(grouping, memory, this::group);
  }

  @Override
  public boolean next() {
    if (!isFolded) {
      fold();
      isFolded = true;
    }
    StepColumn out = column;
    while (next < groups.all().size()) {
      if (out == null) {
        out = memory.column(stepCount);
        column = out;
      }
      Group group = groups.all().get(next++);
      out.clear();
      group.accumulator.finish(out);
      if (!out.isEmpty()) {
        labels = group.labels;
        return true;
      }
    }
    return false;
  }

  private void fold() {
    while (child.next()) {
      groups.of(child).accumulator.add(child.column());
    }
    child.close();
  }

  private Group group(Labels key) {
    return new Group(
        key,
        Accumulator.create(op, memory, stepCount, context.annotations(), site, this::metricName));
  }

  private String metricName() {
    String name = metricName == null ? child.labels().get(Labels.METRIC_NAME) : metricName;
    return name == null ? "" : name;
  }

  @Override
  public Labels labels() {
    return labels;
  }

  @Override
  public StepColumn column() {
    if (column == null) {
      throw new AssertionError("BUG: no group");
    }
    return column;
  }

  @Override
  public void close() {
    child.close();
    groups.clear();
    column = null;
    isFolded = true;
    memory.close();
  }
}
