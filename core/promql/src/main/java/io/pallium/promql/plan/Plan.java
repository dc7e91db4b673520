package io.pallium.promql.plan;

/// What a query, or a part of one, is going to do. Immutable; does not know the steps, so that a
/// part may be evaluated at steps of its own.
public sealed interface Plan permits Plan.Text, Plan.Raw, ScalarPlan, VectorPlan {
  /// A string.
  record Text(String value) implements Plan {}

  /// The samples of a range themselves: only as the whole of an instant query.
  record Raw(RangeSource source) implements Plan {}
}
