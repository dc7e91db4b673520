package io.pallium.promql.exec;

import io.pallium.base.QueryFailedException;
import io.pallium.promql.arithmetic.GoMath;
import io.pallium.promql.parse.GoText;

/// How many series `topk`, `bottomk` and `limitk` take of each group at each step.
final class TakenCounts {
  /// The doubles next to the bounds of a 64-bit number: what does not lie between them fails.
  private static final double MAX = 9_223_372_036_854_774_784.0;

  private static final double MIN = -9_223_372_036_854_775_808.0;

  private final int[] perStep;
  private final int max;

  private TakenCounts(int[] perStep, int max) {
    this.perStep = perStep;
    this.max = max;
  }

  /// Reads the parameter.
  ///
  /// @throws QueryFailedException if it is no number or too large, unless nothing is taken anyway
  static TakenCounts of(ScalarOperator param, Reservation memory) {
    double[] values = param.values();
    double min = Double.MAX_VALUE;
    double max = -Double.MAX_VALUE;
    boolean hasNan = false;
    for (double value : values) {
      min = GoMath.min(min, value);
      max = GoMath.max(max, value);
      hasNan |= Double.isNaN(value);
    }
    memory.reserve(16 + 4L * values.length);
    int[] perStep = new int[values.length];
    if (max < 1) {
      return new TakenCounts(perStep, 0);
    }
    if (hasNan) {
      throw new QueryFailedException("Parameter value is NaN");
    }
    if (min <= MIN) {
      throw new QueryFailedException("Scalar value " + GoText.shortest(min) + " underflows int64");
    }
    if (max >= MAX) {
      throw new QueryFailedException("Scalar value " + GoText.shortest(max) + " overflows int64");
    }
    int largest = 0;
    for (int i = 0; i < perStep.length; i++) {
      perStep[i] = (int) Math.clamp(values[i], 0, Integer.MAX_VALUE);
      largest = Math.max(largest, perStep[i]);
    }
    return new TakenCounts(perStep, largest);
  }

  /// How many are taken at a step; as many as there are at the most.
  int at(int step) {
    return perStep[step];
  }

  /// The most that are taken at any step.
  int max() {
    return max;
  }
}
