package io.pallium.promql.exec;

import io.pallium.model.Labels;
import io.pallium.promql.ast.AggregateOp;
import io.pallium.promql.plan.Site;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Folds the series of its child into groups, in the order in which they come. Memory is groups ×
/// steps, whatever the number of series.
final class AggregateOperator implements SeriesOperator {
  private static final int BYTES_PER_GROUP = 256;

  private record Group(Labels labels, Accumulator accumulator) {}

  private final ExecutionContext context;
  private final AggregateOp op;
  private final Site site;
  private final SeriesOperator child;
  private final @Nullable LabelProjection grouping;
  private final @Nullable String metricName;
  private final int stepCount;
  private final Reservation memory;
  private final List<Group> groups = new ArrayList<>();
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
    this.grouping = grouping;
    this.metricName = metricName;
    this.stepCount = stepCount;
    this.memory = context.reservation();
  }

  @Override
  public boolean next() {
    if (!isFolded) {
      fold();
      isFolded = true;
    }
    StepColumn out = column;
    while (next < groups.size()) {
      if (out == null) {
        out = memory.column(stepCount);
        column = out;
      }
      Group group = groups.get(next++);
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
    Map<Labels, Group> byLabels = new HashMap<>();
    Group only = null;
    while (child.next()) {
      Group group;
      if (grouping == null) {
        only = only == null ? add(Labels.EMPTY) : only;
        group = only;
      } else {
        Labels key = grouping.apply(child.labels());
        Group known = byLabels.get(key);
        group = known == null ? add(key) : known;
        if (known == null) {
          byLabels.put(key, group);
        }
      }
      group.accumulator.add(child.column());
    }
    child.close();
  }

  private Group add(Labels key) {
    memory.reserve(BYTES_PER_GROUP + key.bytes().length);
    var group =
        new Group(
            key,
            Accumulator.create(
                op, memory, stepCount, context.annotations(), site, this::metricName));
    groups.add(group);
    return group;
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
