package io.pallium.promql.exec;

import io.pallium.model.Labels;

/// The base of operators that hand on the series of another one and change a part of that.
abstract class PassingOperator implements SeriesOperator {
  final SeriesOperator child;

  PassingOperator(SeriesOperator child) {
    this.child = child;
  }

  @Override
  public boolean next() {
    return child.next();
  }

  @Override
  public Labels labels() {
    return child.labels();
  }

  @Override
  public StepColumn column() {
    return child.column();
  }

  @Override
  public void close() {
    child.close();
  }
}
