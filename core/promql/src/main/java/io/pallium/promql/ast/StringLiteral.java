package io.pallium.promql.ast;

/// A string, unquoted.
///
/// @param value the text; a byte b that is not UTF-8, which an escape can make, is there as the
///   lone surrogate U+DC00 + b
/// @param position where it stands, quotes included
public record StringLiteral(String value, PositionRange position) implements Expr {
  @Override
  public ValueType type() {
    return ValueType.STRING;
  }
}
