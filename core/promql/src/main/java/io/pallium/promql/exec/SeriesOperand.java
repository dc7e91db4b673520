package io.pallium.promql.exec;

import io.pallium.base.QueryFailedException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// An operator that gives series, with its operands.
final class SeriesOperand extends PassingOperator implements Operand {
  private final List<Operand> operands;
  private boolean isOver;
  private @Nullable QueryFailedException failure;

  /// @param operands in the order in which Prometheus evaluates them
  SeriesOperand(SeriesOperator operator, List<Operand> operands) {
    super(operator);
    this.operands = operands;
  }

  @Override
  public boolean next() {
    if (failure != null) {
      throw failure;
    }
    if (isOver) {
      return false;
    }
    try {
      isOver = !hasNext();
    } catch (QueryFailedException e) {
      failure = e;
      throw e;
    }
    return !isOver;
  }

  private boolean hasNext() {
    try {
      if (child.next()) {
        return true;
      }
    } catch (QueryFailedException e) {
      operands.forEach(Operand::finish);
      throw e;
    }
    operands.forEach(Operand::finish);
    return false;
  }

  @Override
  public void finish() {
    boolean hasMore = true;
    while (hasMore) {
      hasMore = next();
    }
  }

  @Override
  public void close() {
    isOver = true;
    super.close();
  }
}
