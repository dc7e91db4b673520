package io.pallium.promql.ast;

/// A number, or a duration where a number may stand.
///
/// @param value the number; seconds for a duration
/// @param isDuration whether it was written as a duration, such as `5m`
/// @param position where it stands
public record NumberLiteral(double value, boolean isDuration, PositionRange position)
    implements Expr, DurationOperand {
  @Override
  public ValueType type() {
    return ValueType.SCALAR;
  }
}
