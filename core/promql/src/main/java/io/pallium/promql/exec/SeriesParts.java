package io.pallium.promql.exec;

import io.pallium.model.Labels;
import java.util.ArrayList;
import java.util.List;

/// What one series becomes when its labels change over time: a few label sets, each with its steps.
/// Columns are used again for the next series. Confined to one thread.
final class SeriesParts {
  private record Part(Labels labels, StepColumn column) {}

  private final Reservation memory;
  private final int stepCount;
  private final List<Part> parts = new ArrayList<>();
  private final List<StepColumn> columns = new ArrayList<>();
  private int used;
  private int present = -1;

  SeriesParts(Reservation memory, int stepCount) {
    this.memory = memory;
    this.stepCount = stepCount;
  }

  /// Forgets all parts, for the next series.
  void clear() {
    parts.clear();
    used = 0;
    present = -1;
  }

  /// The column of the part with these labels; empty if there was none.
  StepColumn column(Labels labels) {
    for (Part part : parts) {
      if (part.labels.equals(labels)) {
        return part.column;
      }
    }
    if (used == columns.size()) {
      columns.add(memory.column(stepCount));
    }
    StepColumn column = columns.get(used++);
    column.clear();
    parts.add(new Part(labels, column));
    return column;
  }

  /// Adds a part with a column from elsewhere.
  void add(Labels labels, StepColumn column) {
    parts.add(new Part(labels, column));
  }

  /// Moves to the next part that has a value.
  ///
  /// @return whether there is one
  boolean next() {
    while (++present < parts.size()) {
      if (!parts.get(present).column.isEmpty()) {
        return true;
      }
    }
    return false;
  }

  /// The labels of the part that was moved to.
  Labels labels() {
    return parts.get(present).labels;
  }

  /// The column of the part that was moved to.
  StepColumn column() {
    return parts.get(present).column;
  }
}
