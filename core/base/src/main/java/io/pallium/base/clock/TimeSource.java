package io.pallium.base.clock;

/// Wall time for what users see, monotonic time for deadlines and leases.
public interface TimeSource {
  /// The clock of this machine.
  TimeSource SYSTEM =
      new TimeSource() {
        @Override
        public long nowMs() {
          return System.currentTimeMillis();
        }

        @Override
        public long nowNanos() {
          return System.nanoTime();
        }
      };

  /// Wall time in milliseconds since the epoch; can jump.
  long nowMs();

  /// Monotonic time in nanoseconds from an arbitrary origin; only differences mean anything.
  long nowNanos();
}
