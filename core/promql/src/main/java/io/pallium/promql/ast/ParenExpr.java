package io.pallium.promql.ast;

/// An expression in parentheses.
///
/// @param expr what the parentheses hold
/// @param position where it stands, parentheses included
public record ParenExpr(Expr expr, PositionRange position) implements Expr {
  @Override
  public ValueType type() {
    return expr.type();
  }
}
