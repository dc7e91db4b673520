package io.pallium.promql.ast;

import java.util.List;

/// What a function takes and gives.
///
/// @param name the function's name
/// @param argTypes the types of its arguments; the last one repeats if the function is variadic
/// @param variadic 0: exactly `argTypes`; n > 0: the last argument may be absent, and up to n of it
///   may be given; -1: any number of the last argument, none included
/// @param returnType what it gives
/// @param isExperimental whether it must be enabled
public record FunctionSignature(
    String name,
    List<ValueType> argTypes,
    int variadic,
    ValueType returnType,
    boolean isExperimental) {
  public FunctionSignature {
    argTypes = List.copyOf(argTypes);
  }
}
