package io.pallium.model;

import io.pallium.base.HotPath;

/// Summation with Neumaier's compensation of rounding errors.
///
/// Source: Neumaier, Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen, 1974.
@HotPath
public final class KahanSum {
  private KahanSum() {}

  /// The compensation after `added` was added to `sum`.
  ///
  /// @param c the compensation before
  /// @param next `sum + added`
  public static double compensate(double added, double sum, double c, double next) {
    if (Double.isInfinite(next)) {
      return 0;
    }
    return Math.abs(sum) >= Math.abs(added)
        ? c + ((sum - next) + added)
        : c + ((added - next) + sum);
  }
}
