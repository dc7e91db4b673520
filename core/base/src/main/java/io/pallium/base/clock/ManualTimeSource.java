package io.pallium.base.clock;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/// A time source that only moves when told to. Thread-safe.
public final class ManualTimeSource implements TimeSource {
  private final AtomicLong nanos;

  /// Starts at `startMs` milliseconds since the epoch.
  public ManualTimeSource(long startMs) {
    this.nanos = new AtomicLong(Math.multiplyExact(startMs, 1_000_000L));
  }

  @Override
  public long nowMs() {
    return Math.floorDiv(nanos.get(), 1_000_000L);
  }

  @Override
  public long nowNanos() {
    return nanos.get();
  }

  /// Moves both clocks on.
  public void advance(Duration by) {
    nanos.addAndGet(by.toNanos());
  }
}
