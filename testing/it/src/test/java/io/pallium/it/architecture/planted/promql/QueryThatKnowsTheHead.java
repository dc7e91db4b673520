package io.pallium.it.architecture.planted.promql;

import io.pallium.it.architecture.planted.tsdb.Head;

/// Reaches into its sibling instead of the seam that both share.
final class QueryThatKnowsTheHead {
  int series(Head head) {
    return head.series();
  }
}
