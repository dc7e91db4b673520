package io.pallium.it.architecture.planted.cycle.second;

import io.pallium.it.architecture.planted.cycle.first.First;

/// The other half.
public final class Second {
  public int of(First first) {
    return first.hashCode();
  }
}
