package io.pallium.promql.ast;

import org.jspecify.annotations.Nullable;

/// A computed duration, in seconds, in the place of a range, a step or an offset.
///
/// @param op the operation
/// @param lhs the left operand; null for a sign, `step()` and `range()`
/// @param rhs the right operand; null for `step()` and `range()`
/// @param isWrapped whether it was written in parentheses
/// @param position where it stands, parentheses not included
public record DurationExpr(
    Op op,
    @Nullable DurationOperand lhs,
    @Nullable DurationOperand rhs,
    boolean isWrapped,
    PositionRange position)
    implements DurationOperand {
  /// The same expression in parentheses.
  public DurationExpr wrapped() {
    return new DurationExpr(op, lhs, rhs, true, position);
  }

  /// An operation on durations.
  public enum Op {
    ADD("+"),
    SUB("-"),
    MUL("*"),
    DIV("/"),
    MOD("%"),
    POW("^"),
    /// The query's step.
    STEP("step"),
    /// The length of the query's time range.
    RANGE("range"),
    MIN_OF("min_of"),
    MAX_OF("max_of");

    private final String symbol;

    Op(String symbol) {
      this.symbol = symbol;
    }

    /// The operation as it is written.
    public String symbol() {
      return symbol;
    }
  }
}
