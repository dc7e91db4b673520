package io.pallium.it.architecture.planted.cycle.first;

import io.pallium.it.architecture.planted.cycle.second.Second;

/// One half of a cycle.
public final class First {
  public int of(Second second) {
    return second.hashCode();
  }
}
