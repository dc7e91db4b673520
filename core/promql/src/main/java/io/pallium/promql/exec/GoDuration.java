package io.pallium.promql.exec;

/// Durations as Prometheus converts them.
final class GoDuration {
  private GoDuration() {}

  /// Seconds as whole seconds plus the rest, each rounded on its own.
  static double seconds(long durationMs) {
    double whole = durationMs / 1000;
    return whole + durationMs % 1000 * 1_000_000 / 1e9;
  }
}
