package io.pallium.promql.exec;

import io.pallium.model.Labels;

/// Evaluates an expression of which nothing is left: only its failures and annotations count.
final class DrainedOperator implements SeriesOperator {
  private final SeriesOperator child;

  DrainedOperator(SeriesOperator child) {
    this.child = child;
  }

  @Override
  public boolean next() {
    boolean hasMore = true;
    while (hasMore) {
      hasMore = child.next();
    }
    return false;
  }

  @Override
  public Labels labels() {
    throw new AssertionError("BUG: no series");
  }

  @Override
  public StepColumn column() {
    throw new AssertionError("BUG: no series");
  }

  @Override
  public void close() {
    child.close();
  }
}
