package io.pallium.promql.ast;

/// What may stand in a duration expression: a literal in seconds or a nested expression.
public sealed interface DurationOperand permits DurationExpr, NumberLiteral {
  /// Where the operand stands in the query.
  PositionRange position();
}
