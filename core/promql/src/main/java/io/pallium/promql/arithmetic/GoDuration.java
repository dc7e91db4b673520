package io.pallium.promql.arithmetic;

/// Durations as Prometheus converts them.
public final class GoDuration {
  private GoDuration() {}

  /// Seconds as whole seconds plus the rest, each rounded on its own.
  public static double seconds(long durationMs) {
    double whole = durationMs / 1000;
    return whole + durationMs % 1000 * 1_000_000 / 1e9;
  }
}
