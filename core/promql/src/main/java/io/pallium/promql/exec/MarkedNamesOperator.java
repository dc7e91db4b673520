package io.pallium.promql.exec;

import io.pallium.model.Labels;

/// Drops the names that operations have marked. Streaming; may give series with equal labels.
final class MarkedNamesOperator implements SeriesOperator {
  private final SeriesOperator child;
  private final LabelProjection metadata = LabelProjection.droppingMetadata();

  MarkedNamesOperator(SeriesOperator child) {
    this.child = child;
  }

  @Override
  public boolean next() {
    return child.next();
  }

  @Override
  public Labels labels() {
    Labels labels = child.labels();
    return NameMark.isOn(labels) ? metadata.apply(labels) : labels;
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
