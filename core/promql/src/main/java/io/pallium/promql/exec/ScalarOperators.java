package io.pallium.promql.exec;

import io.pallium.promql.arithmetic.GoMath;
import io.pallium.promql.ast.BinaryOp;
import io.pallium.promql.plan.ConstantFolding;
import java.util.Arrays;
import java.util.function.DoubleBinaryOperator;

/// Makes scalar operators.
final class ScalarOperators {
  private ScalarOperators() {}

  static ScalarOperator constant(double value, Reservation memory, int stepCount) {
    return () -> {
      double[] values = memory.doubles(stepCount);
      Arrays.fill(values, value);
      return values;
    };
  }

  static ScalarOperator time(Reservation memory, Steps steps) {
    return () -> {
      double[] values = memory.doubles(steps.count());
      for (int i = 0; i < values.length; i++) {
        values[i] = steps.timeMs(i) / 1000.0;
      }
      return values;
    };
  }

  static ScalarOperator binary(
      BinaryOp op, ScalarOperator lhs, ScalarOperator rhs, Reservation memory, int stepCount) {
    return combined(
        (left, right) -> ConstantFolding.apply(op, left, right), lhs, rhs, memory, stepCount);
  }

  static ScalarOperator extreme(
      boolean isMax, ScalarOperator lhs, ScalarOperator rhs, Reservation memory, int stepCount) {
    return combined(isMax ? GoMath::max : GoMath::min, lhs, rhs, memory, stepCount);
  }

  static ScalarOperator negated(ScalarOperator child, Reservation memory, int stepCount) {
    return () -> {
      double[] values = memory.doubles(stepCount);
      double[] from = child.values();
      for (int i = 0; i < stepCount; i++) {
        values[i] = -from[i];
      }
      return values;
    };
  }

  /// The value of the only float series at each step, else NaN.
  static ScalarOperator ofVector(SeriesOperator child, Reservation memory, int stepCount) {
    return () -> singleValues(child, memory, stepCount);
  }

  /// The first number of another operator at all steps.
  static ScalarOperator invariant(ScalarOperator child, Reservation memory, int stepCount) {
    return () -> {
      double[] values = memory.doubles(stepCount);
      if (stepCount > 0) {
        Arrays.fill(values, child.values()[0]);
      }
      return values;
    };
  }

  private static double[] singleValues(SeriesOperator child, Reservation memory, int stepCount) {
    double[] values = memory.doubles(stepCount);
    long[] found = memory.bitmap(stepCount);
    Arrays.fill(values, Double.NaN);
    while (child.next()) {
      StepColumn column = child.column();
      for (int i = column.nextPresent(0); i >= 0; i = column.nextPresent(i + 1)) {
        if (column.histogram(i) == null) {
          boolean isFirst = (found[i >>> 6] >>> i & 1) == 0;
          values[i] = isFirst ? column.value(i) : Double.NaN;
          found[i >>> 6] |= 1L << i;
        }
      }
    }
    child.close();
    return values;
  }

  private static ScalarOperator combined(
      DoubleBinaryOperator function,
      ScalarOperator lhs,
      ScalarOperator rhs,
      Reservation memory,
      int stepCount) {
    return () -> {
      double[] values = memory.doubles(stepCount);
      double[] left = lhs.values();
      double[] right = rhs.values();
      for (int i = 0; i < stepCount; i++) {
        values[i] = function.applyAsDouble(left[i], right[i]);
      }
      return values;
    };
  }
}
