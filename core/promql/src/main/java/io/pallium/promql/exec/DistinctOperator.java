package io.pallium.promql.exec;

import io.pallium.base.QueryFailedException;
import io.pallium.model.Labels;
import java.util.HashSet;
import java.util.Set;

/// Fails if two series have equal labels. Streaming, but remembers the labels.
final class DistinctOperator implements SeriesOperator {
  private static final int BYTES_PER_ENTRY = 96;

  private final SeriesOperator child;
  private final Reservation memory;
  private final Set<Labels> seen = new HashSet<>();
  private Labels labels = Labels.EMPTY;

  DistinctOperator(SeriesOperator child, Reservation memory) {
    this.child = child;
    this.memory = memory;
  }

  @Override
  public boolean next() {
    if (!child.next()) {
      return false;
    }
    labels = child.labels();
    memory.reserve(BYTES_PER_ENTRY + labels.bytes().length);
    if (!seen.add(labels)) {
      throw new QueryFailedException(MergeOperator.DUPLICATE);
    }
    return true;
  }

  @Override
  public Labels labels() {
    return labels;
  }

  @Override
  public StepColumn column() {
    return child.column();
  }

  @Override
  public void close() {
    child.close();
    seen.clear();
    memory.close();
  }
}
