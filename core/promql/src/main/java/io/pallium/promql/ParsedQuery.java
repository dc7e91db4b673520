package io.pallium.promql;

import io.pallium.promql.ast.Expr;

/// A query that was parsed once to be evaluated many times.
///
/// @param text what was parsed; positions in messages refer to it
/// @param expr the expression, type-checked
/// @param features how it is evaluated
/// @param bytes what it takes of memory, counted to each query that evaluates it
public record ParsedQuery(String text, Expr expr, Features features, long bytes) {}
