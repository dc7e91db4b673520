package io.pallium.it.architecture.planted.service.querier;

/// A service.
public final class Querier {
  public int queries() {
    return 0;
  }
}
