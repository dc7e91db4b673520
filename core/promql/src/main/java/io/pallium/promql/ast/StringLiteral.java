package io.pallium.promql.ast;

/// A string, unquoted.
///
/// @param value the text; bytes that are not UTF-8 were replaced by U+FFFD
/// @param position where it stands, quotes included
public record StringLiteral(String value, PositionRange position) implements Expr {
  @Override
  public ValueType type() {
    return ValueType.STRING;
  }
}
