package io.pallium.promql.exec;

import io.pallium.base.QueryFailedException;
import org.jspecify.annotations.Nullable;

/// An operator that gives a number at each step, computed once. It asks for all of its operands
/// itself, in their order.
final class ScalarOperand implements ScalarOperator, Operand {
  private final ScalarOperator operator;
  private double @Nullable [] values;
  private @Nullable QueryFailedException failure;

  ScalarOperand(ScalarOperator operator) {
    this.operator = operator;
  }

  @Override
  public double[] values() {
    if (failure != null) {
      throw failure;
    }
    double[] known = values;
    if (known == null) {
      known = compute();
      values = known;
    }
    return known;
  }

  private double[] compute() {
    try {
      return operator.values();
    } catch (QueryFailedException e) {
      failure = e;
      throw e;
    }
  }

  @Override
  public void finish() {
    values();
  }
}
