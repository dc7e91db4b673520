package io.pallium.promql.ast;

/// A sign in front of an expression.
public enum UnaryOp {
  PLUS("+"),
  MINUS("-");

  private final String symbol;

  UnaryOp(String symbol) {
    this.symbol = symbol;
  }

  /// The sign as it is written.
  public String symbol() {
    return symbol;
  }
}
