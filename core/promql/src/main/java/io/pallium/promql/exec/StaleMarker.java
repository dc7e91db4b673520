package io.pallium.promql.exec;

/// The value that says that a series ended: one NaN among many.
final class StaleMarker {
  private static final long BITS = 0x7ff0000000000002L;

  private StaleMarker() {}

  static boolean is(double value) {
    return Double.isNaN(value) && Double.doubleToRawLongBits(value) == BITS;
  }
}
