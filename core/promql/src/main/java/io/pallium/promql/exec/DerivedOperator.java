package io.pallium.promql.exec;

import io.pallium.model.Labels;
import org.jspecify.annotations.Nullable;

/// The base of streaming operators that change the values of each series of another one.
abstract class DerivedOperator implements SeriesOperator {
  private final SeriesOperator child;
  private final @Nullable LabelProjection projection;

  /// @param projection what happens to the labels; null for nothing
  DerivedOperator(SeriesOperator child, @Nullable LabelProjection projection) {
    this.child = child;
    this.projection = projection;
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
    return projection == null ? child.labels() : projection.apply(child.labels());
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
