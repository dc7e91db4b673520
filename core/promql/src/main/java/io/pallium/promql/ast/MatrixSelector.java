package io.pallium.promql.ast;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// A selection of the samples of a time range.
///
/// @param vector the series, with the modifiers of the range
/// @param range the range's length; zero if `rangeExpr` holds it
/// @param rangeExpr the length as a duration expression; null if there is none, and after
///   [DurationExpressions#resolve]
/// @param position from the selector to the closing bracket, or to the end of the modifiers
public record MatrixSelector(
    VectorSelector vector, Duration range, @Nullable DurationExpr rangeExpr, PositionRange position)
    implements Expr {
  @Override
  public ValueType type() {
    return ValueType.MATRIX;
  }
}
