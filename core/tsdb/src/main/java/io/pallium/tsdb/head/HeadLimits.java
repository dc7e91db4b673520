package io.pallium.tsdb.head;

import io.pallium.base.config.Doc;

/// What one tenant may keep in the head.
///
/// @param maxSeriesPerTenant the most series at once; 0: no limit
/// @param maxSeriesPerMetric the most series of one metric name at once; 0: no limit
public record HeadLimits(
    @Doc("The most series of a tenant at once in one ingester; 0 for no limit.")
        int maxSeriesPerTenant,
    @Doc("The most series of one metric name of a tenant at once in one ingester; 0 for no limit.")
        int maxSeriesPerMetric) {
  /// Without limits.
  public static final HeadLimits NONE = new HeadLimits(0, 0);
}
