package io.pallium.promql.ast;

/// An expression of PromQL. Immutable; what the parser returns has been type-checked.
public sealed interface Expr
    permits AggregateExpr,
        BinaryExpr,
        Call,
        MatrixSelector,
        NumberLiteral,
        ParenExpr,
        StringLiteral,
        SubqueryExpr,
        UnaryExpr,
        VectorSelector {
  /// What the expression evaluates to.
  ValueType type();

  /// Where the expression stands in the query.
  PositionRange position();
}
