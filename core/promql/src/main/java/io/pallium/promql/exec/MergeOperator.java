package io.pallium.promql.exec;

import io.pallium.base.QueryFailedException;

/// Makes one series of those that have equal labels; fails if two have a value at the same step.
/// Blocking.
final class MergeOperator extends BlockingOperator {
  static final String DUPLICATE = "vector cannot contain metrics with the same labelset";

  private final SeriesOperator child;
  private final int stepCount;

  MergeOperator(SeriesOperator child, Reservation memory, int stepCount) {
    super(memory);
    this.child = child;
    this.stepCount = stepCount;
  }

  @Override
  SeriesOperator compute() {
    var table = new SeriesTable(memory(), stepCount);
    var index = new SeriesTable.Index(table);
    while (child.next()) {
      if (!index.merge(child.labels(), child.column())) {
        throw new QueryFailedException(DUPLICATE);
      }
    }
    child.close();
    return table.operator();
  }

  @Override
  void closeChildren() {
    child.close();
  }
}
