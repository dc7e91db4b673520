package io.pallium.promql.exec;

/// What an operation takes, or the operation itself in a larger one. Prometheus evaluates the
/// operands one after another, as written, each at all steps, and then the operation. Our operators
/// take turns, and do not ask for some operands at all where another one has no series. So an
/// operation that ends or fails evaluates the rest of its operands: their annotations count, and
/// their failures do before its own.
interface Operand {
  /// Evaluates what nobody asked for.
  ///
  /// @throws QueryFailedException what fails first; again if it did before
  void finish();
}
