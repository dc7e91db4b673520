package io.pallium.promql.exec;

import io.pallium.model.Labels;
import org.jspecify.annotations.Nullable;

/// The base of operators that need all series of a child before they give one.
abstract class BlockingOperator implements SeriesOperator {
  private final Reservation memory;
  private @Nullable SeriesOperator result;
  private boolean isClosed;

  BlockingOperator(Reservation memory) {
    this.memory = memory;
  }

  /// Reads the children and gives the result; called once.
  abstract SeriesOperator compute();

  /// Closes the children.
  abstract void closeChildren();

  final Reservation memory() {
    return memory;
  }

  @Override
  public final boolean next() {
    if (isClosed) {
      return false;
    }
    SeriesOperator series = result;
    if (series == null) {
      series = compute();
      result = series;
    }
    return series.next();
  }

  @Override
  public final Labels labels() {
    return result().labels();
  }

  @Override
  public final StepColumn column() {
    return result().column();
  }

  @Override
  public final void close() {
    isClosed = true;
    result = null;
    closeChildren();
    memory.close();
  }

  private SeriesOperator result() {
    if (result == null) {
      throw new AssertionError("BUG: no series");
    }
    return result;
  }
}
