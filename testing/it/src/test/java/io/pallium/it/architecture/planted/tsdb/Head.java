package io.pallium.it.architecture.planted.tsdb;

/// Something below that a sibling must not know.
public final class Head {
  public int series() {
    return 0;
  }
}
