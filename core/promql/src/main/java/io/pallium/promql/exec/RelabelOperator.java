package io.pallium.promql.exec;

import io.pallium.model.Labels;
import io.pallium.promql.plan.LabelChange;

/// Changes one label of each series. Streaming; may give series with equal labels.
final class RelabelOperator implements SeriesOperator {
  private final LabelChange change;
  private final SeriesOperator child;
  private final LabelEdit edit;

  RelabelOperator(LabelChange change, SeriesOperator child) {
    this.change = change;
    this.child = child;
    this.edit = new LabelEdit(change.destination());
  }

  @Override
  public boolean next() {
    return child.next();
  }

  @Override
  public Labels labels() {
    Labels labels = child.labels();
    String value = change.value(labels);
    if (value == null) {
      return labels;
    }
    Labels changed = edit.set(labels, value);
    // A name that was set stays.
    return change.destination().equals(Labels.METRIC_NAME) ? NameMark.remove(changed) : changed;
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
