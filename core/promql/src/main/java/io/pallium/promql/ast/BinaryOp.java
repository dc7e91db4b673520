package io.pallium.promql.ast;

/// An operator between two expressions.
public enum BinaryOp {
  ADD("+"),
  SUB("-"),
  MUL("*"),
  DIV("/"),
  MOD("%"),
  POW("^"),
  ATAN2("atan2"),
  EQL("=="),
  NEQ("!="),
  LTE("<="),
  LSS("<"),
  GTE(">="),
  GTR(">"),
  /// Removes what lies above a value from a histogram.
  TRIM_UPPER("</"),
  /// Removes what lies below a value from a histogram.
  TRIM_LOWER(">/"),
  AND("and"),
  OR("or"),
  UNLESS("unless");

  private final String symbol;

  BinaryOp(String symbol) {
    this.symbol = symbol;
  }

  /// The operator as it is written, in lower case.
  public String symbol() {
    return symbol;
  }

  /// Whether it compares, and so may carry `bool`.
  public boolean isComparison() {
    return switch (this) {
      case EQL, NEQ, LTE, LSS, GTE, GTR -> true;
      case ADD, SUB, MUL, DIV, MOD, POW, ATAN2, TRIM_UPPER, TRIM_LOWER, AND, OR, UNLESS -> false;
    };
  }

  /// Whether it works on sets of series: `and`, `or`, `unless`.
  public boolean isSet() {
    return this == AND || this == OR || this == UNLESS;
  }

  /// Whether the result is another metric, so that its name is dropped.
  public boolean givesOtherMetric() {
    return switch (this) {
      case ADD, SUB, MUL, DIV, MOD, POW, ATAN2 -> true;
      case EQL, NEQ, LTE, LSS, GTE, GTR, TRIM_UPPER, TRIM_LOWER, AND, OR, UNLESS -> false;
    };
  }
}
