package io.pallium.promql.exec;

import io.pallium.base.HotPath;
import io.pallium.model.Labels;
import org.jspecify.annotations.Nullable;

/// One series with 1 at the steps at which its child has no series; none if there is no such step.
/// Memory is a bitmap and a column.
@HotPath
final class AbsentOperator implements SeriesOperator {
  private final SeriesOperator child;
  private final Labels labels;
  private final boolean stopsEarly;
  private final Reservation memory;
  private final int stepCount;
  private @Nullable StepColumn column;

  /// @param stopsEarly whether the child's series need not all be read: none of them has anything
  ///   to warn about
  AbsentOperator(
      SeriesOperator child, Labels labels, boolean stopsEarly, Reservation memory, int stepCount) {
    this.child = child;
    this.labels = labels;
    this.stopsEarly = stopsEarly;
    this.memory = memory;
    this.stepCount = stepCount;
  }

  @Override
  public boolean next() {
    if (column != null || stepCount == 0) {
      return false;
    }
    long[] seen = memory.bitmap(stepCount);
    boolean isFull = false;
    while (!(isFull && stopsEarly) && child.next()) {
      isFull = addAll(seen, child.column().presence());
    }
    child.close();
    StepColumn out = memory.column(stepCount);
    for (int i = 0; i < stepCount; i++) {
      if ((seen[i >>> 6] >>> i & 1) == 0) {
        out.set(i, 1);
      }
    }
    column = out;
    return !out.isEmpty();
  }

  /// Whether all steps are seen.
  private boolean addAll(long[] seen, long[] presence) {
    int count = 0;
    for (int i = 0; i < seen.length; i++) {
      seen[i] |= presence[i];
      count += Long.bitCount(seen[i]);
    }
    return count == stepCount;
  }

  @Override
  public Labels labels() {
    return labels;
  }

  @Override
  public StepColumn column() {
    if (column == null) {
      throw new AssertionError("BUG: no series");
    }
    return column;
  }

  @Override
  public void close() {
    child.close();
    memory.close();
  }
}
