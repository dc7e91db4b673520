package io.pallium.tsdb.head;

import io.pallium.base.LimitExceededException;
import io.pallium.base.clock.TimeSource;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/// Keeps the head within its part of the heap: when it is nearly full, no new series are made, and
/// when it is full, nothing is taken. Cuts make room. Thread-safe; a batch costs one look at the
/// clock, since memory is added up only every now and then.
final class HeadMemory {
  /// So much may be added between two looks that a tenth of the room must be left for it.
  private static final long INTERVAL_NANOS = Duration.ofMillis(100).toNanos();

  private static final int SHARE_OF_HEAP = 2;

  private final long maxBytes;
  private final long maxBytesWithNewSeries;
  private final LongSupplier measure;
  private final TimeSource time;
  private final AtomicLong nextLookNanos;
  private volatile long usedBytes;

  /// @param measure adds up what the head takes; must be called without any lock of the head
  HeadMemory(HeadConfig config, LongSupplier measure, TimeSource time) {
    long configured = config.maxMemory().bytes();
    this.maxBytes = configured > 0 ? configured : Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP;
    this.maxBytesWithNewSeries = maxBytes / 10 * 9;
    this.measure = measure;
    this.time = time;
    this.nextLookNanos = new AtomicLong(time.nowNanos());
  }

  /// Before a batch, without any lock of the head.
  ///
  /// @throws LimitExceededException (node kind) if there is no room for samples
  void admitBatch() {
    long now = time.nowNanos();
    long due = nextLookNanos.get();
    if (now - due >= 0 && nextLookNanos.compareAndSet(due, now + INTERVAL_NANOS)) {
      usedBytes = measure.getAsLong();
    }
    if (usedBytes > maxBytes) {
      throw full("samples", maxBytes);
    }
  }

  /// Before a new series.
  ///
  /// @throws LimitExceededException (node kind) if there is no room for series
  void admitSeries() {
    if (usedBytes > maxBytesWithNewSeries) {
      throw full("new series", maxBytesWithNewSeries);
    }
  }

  private LimitExceededException full(String what, long limitBytes) {
    return LimitExceededException.node(
        "the head has no memory left for "
            + what
            + ": it takes "
            + usedBytes
            + " bytes, the limit is "
            + limitBytes
            + (limitBytes == maxBytes ? "" : " of " + maxBytes)
            + " (head.max_memory)");
  }
}
