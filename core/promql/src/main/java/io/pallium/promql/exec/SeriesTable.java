package io.pallium.promql.exec;

import io.pallium.model.Labels;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Series held in memory with all their steps: what blocking operators and results are made of.
/// Confined to one thread.
final class SeriesTable {
  private static final int LABELS_OVERHEAD_BYTES = 64;
  private static final int INDEX_ENTRY_BYTES = 64;

  private final Reservation memory;
  private final int stepCount;
  private final List<Labels> labels = new ArrayList<>();
  private final List<StepColumn> columns = new ArrayList<>();

  SeriesTable(Reservation memory, int stepCount) {
    this.memory = memory;
    this.stepCount = stepCount;
  }

  int size() {
    return columns.size();
  }

  Labels labels(int index) {
    return labels.get(index);
  }

  StepColumn column(int index) {
    return columns.get(index);
  }

  /// Copies all series of an operator, and closes it.
  void drain(SeriesOperator operator) {
    while (operator.next()) {
      add(operator.labels(), operator.column());
    }
    operator.close();
  }

  /// Copies a series.
  void add(Labels seriesLabels, StepColumn column) {
    addEmpty(seriesLabels).copyFrom(column);
  }

  /// Adds a series without values.
  StepColumn addEmpty(Labels seriesLabels) {
    memory.reserve(LABELS_OVERHEAD_BYTES + seriesLabels.bytes().length);
    StepColumn column = memory.column(stepCount);
    labels.add(seriesLabels);
    columns.add(column);
    return column;
  }

  /// Series by labels, for adding values to those that exist.
  static final class Index {
    private final SeriesTable table;
    private final Map<Labels, StepColumn> byLabels = new HashMap<>();

    Index(SeriesTable table) {
      this.table = table;
    }

    /// Adds the values of a series; those of equal labels become one.
    ///
    /// @return false if two of them have a value at the same step
    boolean merge(Labels seriesLabels, StepColumn column) {
      StepColumn before = byLabels.get(seriesLabels);
      if (before == null) {
        table.memory.reserve(INDEX_ENTRY_BYTES);
        StepColumn added = table.addEmpty(seriesLabels);
        added.copyFrom(column);
        byLabels.put(seriesLabels, added);
        return true;
      }
      return merge(before, column);
    }

    private static boolean merge(StepColumn into, StepColumn column) {
      for (int i = column.nextPresent(0); i >= 0; i = column.nextPresent(i + 1)) {
        if (into.isPresent(i)) {
          return false;
        }
        into.set(i, column, i);
      }
      return true;
    }
  }

  /// An operator that gives these series; they may be changed by whoever pulls them.
  SeriesOperator operator() {
    return new Walk(this, null);
  }

  /// The same in another order.
  SeriesOperator operator(int[] order) {
    return new Walk(this, order);
  }

  private static final class Walk implements SeriesOperator {
    private @Nullable SeriesTable table;
    private final int @Nullable [] order;
    private int position = -1;
    private int index = -1;

    Walk(SeriesTable table, int @Nullable [] order) {
      this.table = table;
      this.order = order;
    }

    @Override
    public boolean next() {
      SeriesTable open = table;
      if (open == null) {
        return false;
      }
      while (++position < open.size()) {
        index = order == null ? position : order[position];
        if (!open.column(index).isEmpty()) {
          return true;
        }
      }
      return false;
    }

    @Override
    public Labels labels() {
      return open().labels(index);
    }

    @Override
    public StepColumn column() {
      return open().column(index);
    }

    @Override
    public void close() {
      table = null;
    }

    private SeriesTable open() {
      if (table == null) {
        throw new AssertionError("BUG: closed operator");
      }
      return table;
    }
  }
}
