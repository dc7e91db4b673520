package io.pallium.promql.exec;

import io.pallium.model.Labels;
import org.jspecify.annotations.Nullable;

/// The base of streaming operators that change the values of each series of another one.
abstract class DerivedOperator extends PassingOperator {
  private final @Nullable LabelProjection projection;

  /// @param projection what happens to the labels; null for nothing
  DerivedOperator(SeriesOperator child, @Nullable LabelProjection projection) {
    super(child);
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
    return projection == null ? super.labels() : projection.apply(super.labels());
  }
}
