package io.pallium.promql.ast;

import java.util.List;

/// A function call.
///
/// @param function the function
/// @param args its arguments, checked against the signature
/// @param position from the name to the closing parenthesis
public record Call(FunctionSignature function, List<Expr> args, PositionRange position)
    implements Expr {
  public Call {
    args = List.copyOf(args);
  }

  @Override
  public ValueType type() {
    return function.returnType();
  }
}
