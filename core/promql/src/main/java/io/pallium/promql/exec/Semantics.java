package io.pallium.promql.exec;

/// What a query can have otherwise than the language is by default.
///
/// @param usesStarts whether functions of counters look at start timestamps
/// @param delaysNames whether names are dropped at the end of the query, not by each operation
/// @param trustsTypes whether annotations go by the label `__type__` rather than by metric names
public record Semantics(boolean usesStarts, boolean delaysNames, boolean trustsTypes) {
  /// The language as it is by default.
  public static final Semantics DEFAULT = new Semantics(false, false, false);
}
