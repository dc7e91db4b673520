package io.pallium.promql.exec;

import io.pallium.model.Labels;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What one series becomes when its labels change over time: label sets, each with its steps.
/// Columns are used again for the next series. Confined to one thread.
final class SeriesParts {
  private static final int BYTES_PER_PART = 160;

  private record Part(Labels labels, StepColumn column) {}

  private final Reservation memory;
  private final int stepCount;
  private final List<Part> parts = new ArrayList<>();
  private final Map<Labels, StepColumn> byLabels = new HashMap<>();
  private final List<StepColumn> columns = new ArrayList<>();
  private long partBytes;
  private int used;
  private int present = -1;

  SeriesParts(Reservation memory, int stepCount) {
    this.memory = memory;
    this.stepCount = stepCount;
  }

  /// Forgets all parts, for the next series.
  void clear() {
    parts.clear();
    byLabels.clear();
    memory.release(partBytes);
    partBytes = 0;
    used = 0;
    present = -1;
  }

  /// The column of the part with these labels; empty if there was none.
  StepColumn column(Labels labels) {
    StepColumn known = byLabels.get(labels);
    if (known != null) {
      return known;
    }
    if (used == columns.size()) {
      columns.add(memory.column(stepCount));
    }
    StepColumn column = columns.get(used++);
    column.clear();
    add(labels, column);
    byLabels.put(labels, column);
    return column;
  }

  /// Adds a part with a column from elsewhere.
  void add(Labels labels, StepColumn column) {
    long bytes = BYTES_PER_PART + labels.bytes().length;
    memory.reserve(bytes);
    partBytes += bytes;
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
