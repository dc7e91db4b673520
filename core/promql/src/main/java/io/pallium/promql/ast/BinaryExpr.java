package io.pallium.promql.ast;

import org.jspecify.annotations.Nullable;

/// An operator between two expressions.
///
/// @param op the operator
/// @param lhs the left operand, a scalar or an instant vector
/// @param rhs the right operand, a scalar or an instant vector
/// @param matching how series find each other; null unless both operands are instant vectors
/// @param returnBool whether a comparison gives 0 and 1 instead of filtering
public record BinaryExpr(
    BinaryOp op, Expr lhs, Expr rhs, @Nullable VectorMatching matching, boolean returnBool)
    implements Expr {
  @Override
  public ValueType type() {
    boolean scalar = lhs.type() == ValueType.SCALAR && rhs.type() == ValueType.SCALAR;
    return scalar ? ValueType.SCALAR : ValueType.VECTOR;
  }

  @Override
  public PositionRange position() {
    return PositionRange.spanning(lhs.position(), rhs.position());
  }
}
