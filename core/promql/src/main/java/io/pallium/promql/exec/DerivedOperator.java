package io.pallium.promql.exec;

import io.pallium.model.Labels;

/// The base of streaming operators that change the values of each series of another one.
abstract class DerivedOperator implements SeriesOperator {
  private final SeriesOperator child;
  private final boolean dropsName;
  private final LabelProjection projection = LabelProjection.droppingMetadata();

  DerivedOperator(SeriesOperator child, boolean dropsName) {
    this.child = child;
    this.dropsName = dropsName;
  }

  /// Changes the values of a series in place.
  abstract void change(StepColumn column);

  @Override
  public final boolean next() {
    while (child.next()) {
      change(child.column());
      if (!child.column().isEmpty()) {
        return true;
      }
    }
    return false;
  }

  @Override
  public final Labels labels() {
    return dropsName ? projection.apply(child.labels()) : child.labels();
  }

  @Override
  public final StepColumn column() {
    return child.column();
  }

  @Override
  public final void close() {
    child.close();
  }
}
