package io.pallium.testkit.naive;

/// One float sample.
///
/// @param timestampMs milliseconds since the epoch
/// @param value any double; stale markers by their bits
public record Point(long timestampMs, double value) {
  private static final long STALE_BITS = 0x7ff0000000000002L;

  /// Whether this sample says that the series ended.
  public boolean isStale() {
    return Double.doubleToRawLongBits(value) == STALE_BITS;
  }
}
