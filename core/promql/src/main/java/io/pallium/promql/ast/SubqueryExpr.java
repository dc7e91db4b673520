package io.pallium.promql.ast;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// An expression evaluated at the steps of a time range.
///
/// @param expr the instant vector to evaluate
/// @param range the range's length; zero if `rangeExpr` holds it
/// @param rangeExpr the length as a duration expression; null if there is none, and after
///   [DurationExpressions#resolve]
/// @param step the distance of steps; zero if none was given (the default applies) or if `stepExpr`
///   holds it
/// @param stepExpr the step as a duration expression; null if there is none, and after
///   [DurationExpressions#resolve]
/// @param modifiers `offset` and `@`
/// @param position from the expression to the closing bracket, or to the end of the modifiers
public record SubqueryExpr(
    Expr expr,
    Duration range,
    @Nullable DurationExpr rangeExpr,
    Duration step,
    @Nullable DurationExpr stepExpr,
    TimeModifiers modifiers,
    PositionRange position)
    implements Expr {
  @Override
  public ValueType type() {
    return ValueType.MATRIX;
  }
}
