package io.pallium.promql.exec;

import io.pallium.model.Labels;
import io.pallium.promql.plan.SortOrder;
import io.pallium.storage.QueryControl;
import java.util.Objects;

/// The series of a single step, sorted. Blocking.
final class SortOperator extends BlockingOperator {
  private static final int COMPARISONS_PER_CHECK = 1 << 12;

  private final QueryControl control;
  private final SortOrder order;
  private final SeriesOperator child;
  private int comparisons;

  SortOperator(QueryControl control, SortOrder order, SeriesOperator child, Reservation memory) {
    super(memory);
    this.control = control;
    this.order = order;
    this.child = child;
  }

  @Override
  SeriesOperator compute() {
    var table = new SeriesTable(memory(), 1);
    boolean dropsHistograms = order instanceof SortOrder.ByValue;
    while (child.next()) {
      if (!dropsHistograms || child.column().histogram(0) == null) {
        table.add(child.labels(), child.column());
      }
    }
    child.close();
    memory().reserve(16 + 4L * table.size());
    int[] sorted = new int[table.size()];
    for (int i = 0; i < sorted.length; i++) {
      sorted[i] = i;
    }
    PatternSort.sort(sorted, isBefore(table));
    return table.operator(sorted);
  }

  private PatternSort.Order isBefore(SeriesTable table) {
    boolean isDescending = order.isDescending();
    return switch (order) {
      case SortOrder.ByValue _ ->
          (a, b) -> isBefore(table.column(a).value(0), table.column(b).value(0), isDescending);
      case SortOrder.ByLabels by -> (a, b) -> compare(table.labels(a), table.labels(b), by) < 0;
    };
  }

  private static boolean isBefore(double a, double b, boolean isDescending) {
    // Intended: each of two NaNs is before the other, as in Prometheus.
    return Double.isNaN(b) || (isDescending ? b < a : b > a);
  }

  private int compare(Labels a, Labels b, SortOrder.ByLabels by) {
    if (++comparisons % COMPARISONS_PER_CHECK == 0) {
      control.giveWay();
    }
    int sign = by.isDescending() ? -1 : 1;
    for (String name : by.names()) {
      String valueOfA = Objects.requireNonNullElse(a.get(name), "");
      String valueOfB = Objects.requireNonNullElse(b.get(name), "");
      if (!valueOfA.equals(valueOfB)) {
        return NaturalOrder.isBefore(valueOfA, valueOfB) ? -sign : sign;
      }
    }
    return sign * a.compareTo(b);
  }

  @Override
  void closeChildren() {
    child.close();
  }
}
