package io.pallium.it.architecture.planted.server;

import java.util.concurrent.atomic.AtomicLong;

/// Keeps what changes in static fields.
final class StaticState {
  static final AtomicLong COUNT = new AtomicLong();
  static int last;

  private StaticState() {}
}
