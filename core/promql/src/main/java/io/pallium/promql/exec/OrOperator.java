package io.pallium.promql.exec;

import io.pallium.base.QueryFailedException;

/// `or`: the left side, and what the right side has at steps at which the left side has no series
/// with the same signature. Blocking, since a series can come from both sides.
final class OrOperator extends BlockingOperator {
  private final SeriesOperator lhs;
  private final SeriesOperator rhs;
  private final SignatureSteps leftSteps;
  private final int stepCount;

  OrOperator(
      SeriesOperator lhs,
      SeriesOperator rhs,
      SignatureSteps leftSteps,
      Reservation memory,
      int stepCount) {
    super(memory);
    this.lhs = lhs;
    this.rhs = rhs;
    this.leftSteps = leftSteps;
    this.stepCount = stepCount;
  }

  @Override
  SeriesOperator compute() {
    var table = new SeriesTable(memory(), stepCount);
    var index = new SeriesTable.Index(table);
    while (lhs.next()) {
      leftSteps.add(lhs.labels(), lhs.column());
      merge(index, lhs);
    }
    lhs.close();
    while (rhs.next()) {
      leftSteps.mask(rhs.labels(), rhs.column(), true);
      merge(index, rhs);
    }
    rhs.close();
    return table.operator();
  }

  private static void merge(SeriesTable.Index index, SeriesOperator side) {
    if (!index.merge(side.labels(), side.column())) {
      throw new QueryFailedException(MergeOperator.DUPLICATE);
    }
  }

  @Override
  void closeChildren() {
    lhs.close();
    rhs.close();
  }
}
