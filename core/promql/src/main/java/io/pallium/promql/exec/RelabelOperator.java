package io.pallium.promql.exec;

import io.pallium.model.Labels;
import io.pallium.promql.plan.LabelChange;

/// Changes one label of each series. Streaming; may give series with equal labels. A template can
/// repeat a value, and a label be made of itself, so that room for it is reserved before.
final class RelabelOperator implements SeriesOperator {
  /// The value as text and in bytes, and the labels with it here and in operators above.
  private static final int COPIES = 8;

  private final LabelChange change;
  private final SeriesOperator child;
  private final LabelEdit edit;
  private final Scratch scratch;

  RelabelOperator(LabelChange change, SeriesOperator child, Scratch scratch) {
    this.change = change;
    this.child = child;
    this.edit = new LabelEdit(change.destination());
    this.scratch = scratch;
  }

  @Override
  public boolean next() {
    return child.next();
  }

  @Override
  public Labels labels() {
    Labels labels = child.labels();
    scratch.ensure(COPIES * (labels.bytes().length + change.maxLength(labels)));
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
