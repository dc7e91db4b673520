package io.pallium.promql.exec;

import io.pallium.base.HotPath;
import io.pallium.model.FloatHistogram;
import io.pallium.model.NativeHistogram;
import io.pallium.promql.arithmetic.GoMath;
import io.pallium.promql.plan.PointFunction;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import org.jspecify.annotations.Nullable;

/// Applies a function to each value of a series. Streaming.
@HotPath
final class MapOperator extends DerivedOperator {
  private final PointFunction function;
  private final @Nullable DoubleUnaryOperator operator;
  private final List<ScalarOperator> args;
  private final Scratch scratch;

  MapOperator(
      PointFunction function,
      SeriesOperator child,
      List<ScalarOperator> args,
      Scratch scratch,
      LabelProjection names) {
    super(child, names);
    this.function = function;
    this.operator = function.operator();
    this.args = args;
    this.scratch = scratch;
  }

  @Override
  void change(StepColumn column) {
    if (column.hasHistograms()) {
      changeHistograms(column);
    }
    double[] values = column.values();
    DoubleUnaryOperator simple = operator;
    for (int i = column.nextPresent(0); i >= 0; i = column.nextPresent(i + 1)) {
      if (simple != null) {
        values[i] = simple.applyAsDouble(values[i]);
      } else {
        applyWithArgs(column, values, i);
      }
    }
  }

  private void applyWithArgs(StepColumn column, double[] values, int step) {
    double value = values[step];
    switch (function) {
      case ROUND -> values[step] = round(value, args.isEmpty() ? 1 : arg(0, step));
      case CLAMP_MIN -> values[step] = clamp(value, arg(0, step), Double.POSITIVE_INFINITY);
      case CLAMP_MAX -> values[step] = clamp(value, Double.NEGATIVE_INFINITY, arg(0, step));
      case CLAMP -> {
        double min = arg(0, step);
        double max = arg(1, step);
        if (max < min) {
          column.remove(step);
        } else {
          values[step] = clamp(value, min, max);
        }
      }
      default -> throw new AssertionError("BUG: function without operator: " + function);
    }
  }

  private double arg(int index, int step) {
    return args.get(index).values()[step];
  }

  private static double clamp(double value, double min, double max) {
    return GoMath.max(min, GoMath.min(max, value));
  }

  private static double round(double value, double toNearest) {
    double inverse = 1.0 / toNearest;
    return Math.floor(value * inverse + 0.5) / inverse;
  }

  private void changeHistograms(StepColumn column) {
    for (int i = column.nextPresent(0); i >= 0; i = column.nextPresent(i + 1)) {
      NativeHistogram histogram = column.histogram(i);
      if (histogram == null) {
        continue;
      }
      column.remove(i);
      if (function == PointFunction.NEGATE) {
        scratch.ensureFor(histogram);
        column.set(i, FloatHistogram.of(histogram).multiply(-1).toNative());
      }
    }
  }
}
