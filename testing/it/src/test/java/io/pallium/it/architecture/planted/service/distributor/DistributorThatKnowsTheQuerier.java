package io.pallium.it.architecture.planted.service.distributor;

import io.pallium.it.architecture.planted.service.querier.Querier;

/// A service that sees its sibling.
final class DistributorThatKnowsTheQuerier {
  int queries(Querier querier) {
    return querier.queries();
  }
}
