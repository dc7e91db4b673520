package io.pallium.promql.exec;

import io.pallium.model.Labels;

/// `and` and `unless`: keeps the values of the left side at the steps at which the right side has
/// (or does not have) a series with the same signature. Blocking on the right side, of which only a
/// bitmap per signature is kept; streaming on the left.
final class SetOperator implements SeriesOperator {
  private final SeriesOperator lhs;
  private final SeriesOperator rhs;
  private final Reservation memory;
  private final SignatureSteps rightSteps;
  private final boolean isUnless;
  private boolean isRightRead;

  SetOperator(
      SeriesOperator lhs,
      SeriesOperator rhs,
      SignatureSteps rightSteps,
      Reservation memory,
      boolean isUnless) {
    this.lhs = lhs;
    this.rhs = rhs;
    this.rightSteps = rightSteps;
    this.memory = memory;
    this.isUnless = isUnless;
  }

  @Override
  public boolean next() {
    if (!isRightRead) {
      while (rhs.next()) {
        rightSteps.add(rhs.labels(), rhs.column());
      }
      rhs.close();
      isRightRead = true;
    }
    while (lhs.next()) {
      rightSteps.mask(lhs.labels(), lhs.column(), isUnless);
      if (!lhs.column().isEmpty()) {
        return true;
      }
    }
    return false;
  }

  @Override
  public Labels labels() {
    return lhs.labels();
  }

  @Override
  public StepColumn column() {
    return lhs.column();
  }

  @Override
  public void close() {
    lhs.close();
    rhs.close();
    isRightRead = true;
    memory.close();
  }
}
