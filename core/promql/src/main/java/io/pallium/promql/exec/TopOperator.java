package io.pallium.promql.exec;

import io.pallium.promql.ast.AggregateOp;
import io.pallium.promql.plan.Site;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `topk` and `bottomk`: the series with the largest or smallest values of each group, chosen anew
/// at each step. Blocking, but holds only the values that can still be chosen: groups × steps × k,
/// or all values if those are fewer.
final class TopOperator extends BlockingOperator {
  private final ExecutionContext context;
  private final AggregateOp op;
  private final ScalarOperator param;
  private final SeriesOperator child;
  private final @Nullable LabelProjection grouping;
  private final int stepCount;
  private final Site site;
  private final KeptSeries kept;

  TopOperator(
      ExecutionContext context,
      AggregateOp op,
      ScalarOperator param,
      SeriesOperator child,
      @Nullable LabelProjection grouping,
      int stepCount,
      Site site) {
    super(context.reservation());
    this.context = context;
    this.op = op;
    this.param = param;
    this.child = child;
    this.grouping = grouping;
    this.stepCount = stepCount;
    this.site = site;
    this.kept = new KeptSeries(memory());
  }

  @Override
  SeriesOperator compute() {
    TakenCounts counts = TakenCounts.of(param, memory());
    boolean isTop = op == AggregateOp.TOPK;
    var groups =
        new Groups<>(grouping, memory(), _ -> new TopHeaps(isTop, counts, stepCount, memory()));
    while (child.next()) {
      if (counts.max() > 0) {
        dropHistograms(child.column(), counts);
        offer(groups.of(child), child.column());
      }
    }
    child.close();
    return stepCount == 1 ? sorted(groups.all()) : unsorted(groups.all());
  }

  private void offer(TopHeaps heaps, StepColumn column) {
    int number = -1;
    for (int i = column.nextPresent(0); i >= 0; i = column.nextPresent(i + 1)) {
      double value = column.value(i);
      if (!heaps.wants(i, value)) {
        continue;
      }
      if (number < 0) {
        number = kept.add(child.labels());
      }
      kept.use(number);
      int gone = heaps.take(i, value, number);
      if (gone >= 0) {
        kept.drop(gone);
      }
    }
  }

  private void dropHistograms(StepColumn column, TakenCounts counts) {
    if (!column.hasHistograms()) {
      return;
    }
    for (int i = column.nextPresent(0); i >= 0; i = column.nextPresent(i + 1)) {
      if (column.histogram(i) != null) {
        column.remove(i);
        if (counts.at(i) > 0) {
          context.annotations().inform(site, "ignored histogram in " + op.text() + " aggregation");
        }
      }
    }
  }

  /// At a single step, the series of each group with the best first.
  private SeriesOperator sorted(List<TopHeaps> groups) {
    var results = new SeriesTable(memory(), 1);
    for (TopHeaps heap : groups) {
      int[] order = memory().ints(heap.size(0));
      for (int i = 0; i < order.length; i++) {
        order[i] = i;
      }
      PatternSort.sort(order, (a, b) -> heap.isBefore(heap.value(0, b), heap.value(0, a)));
      for (int i : order) {
        results.addEmpty(kept.labels(heap.series(0, i))).set(0, heap.value(0, i));
      }
    }
    return results.operator();
  }

  /// At several steps, the series in the order in which they came.
  private SeriesOperator unsorted(List<TopHeaps> groups) {
    var results = new SeriesTable(memory(), stepCount);
    memory().reserve(32 + 8L * kept.size());
    int[] columns = new int[kept.size()];
    for (int number : kept.inOrder()) {
      columns[number] = results.size();
      results.addEmpty(kept.labels(number));
    }
    for (TopHeaps heaps : groups) {
      for (int step = 0; step < stepCount; step++) {
        for (int i = 0; i < heaps.size(step); i++) {
          results.column(columns[heaps.series(step, i)]).set(step, heaps.value(step, i));
        }
      }
    }
    return results.operator();
  }

  @Override
  void closeChildren() {
    child.close();
  }
}
