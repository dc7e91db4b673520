package io.pallium.tsdb.head;

/// What one tenant may keep in the head.
///
/// @param maxSeriesPerTenant the most series at once; 0: no limit
/// @param maxSeriesPerMetric the most series of one metric name at once; 0: no limit
public record HeadLimits(int maxSeriesPerTenant, int maxSeriesPerMetric) {
  /// Without limits.
  public static final HeadLimits NONE = new HeadLimits(0, 0);
}
