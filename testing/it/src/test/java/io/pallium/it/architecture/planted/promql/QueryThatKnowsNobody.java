package io.pallium.it.architecture.planted.promql;

/// Breaks no rule.
final class QueryThatKnowsNobody {
  int steps() {
    return 1;
  }
}
