package io.pallium.promql.ast;

/// A sign in front of an expression that is not a number literal.
///
/// @param op the sign
/// @param expr a scalar or an instant vector
/// @param position from the sign to the end of the expression
public record UnaryExpr(UnaryOp op, Expr expr, PositionRange position) implements Expr {
  @Override
  public ValueType type() {
    return expr.type();
  }
}
