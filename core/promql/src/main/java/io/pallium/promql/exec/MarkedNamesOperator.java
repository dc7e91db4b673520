package io.pallium.promql.exec;

import io.pallium.model.Labels;

/// Drops the names that operations have marked. Streaming; may give series with equal labels.
final class MarkedNamesOperator extends PassingOperator {
  private final LabelProjection metadata = LabelProjection.droppingMetadata();

  MarkedNamesOperator(SeriesOperator child) {
    super(child);
  }

  @Override
  public Labels labels() {
    Labels labels = child.labels();
    return NameMark.isOn(labels) ? metadata.apply(labels) : labels;
  }
}
