package io.pallium.tsdb.head;

import io.pallium.base.config.Doc;
import java.time.Duration;

/// What one tenant may keep in the head.
///
/// @param maxSeriesPerTenant the most series at once; 0: no limit
/// @param maxSeriesPerMetric the most series of one metric name at once; 0: no limit
/// @param creationGracePeriod how far in the future of the wall clock a sample may lie
/// @param outOfOrderTimeWindow how far behind the tenant's newest sample one is taken that is older
///   than the newest of its series; zero: none is
public record HeadLimits(
    @Doc("The most series of a tenant at once in one ingester; 0 for no limit.")
        int maxSeriesPerTenant,
    @Doc("The most series of one metric name of a tenant at once in one ingester; 0 for no limit.")
        int maxSeriesPerMetric,
    @Doc("How far in the future a sample may be.") Duration creationGracePeriod,
    @Doc(
            "How far behind the tenant's newest sample one is taken that is older than the newest of its series; 0 for none.")
        Duration outOfOrderTimeWindow) {

  public HeadLimits {
    notNegative("max_series_per_tenant", maxSeriesPerTenant);
    notNegative("max_series_per_metric", maxSeriesPerMetric);
    if (creationGracePeriod.isNegative()) {
      throw new IllegalArgumentException(
          "creation_grace_period must not be negative, was " + creationGracePeriod);
    }
    if (outOfOrderTimeWindow.isNegative()) {
      throw new IllegalArgumentException(
          "out_of_order_time_window must not be negative, was " + outOfOrderTimeWindow);
    }
  }

  /// Ten minutes into the future, nothing out of order, and no limits on series.
  public static HeadLimits defaults() {
    return new HeadLimits(0, 0, Duration.ofMinutes(10), Duration.ZERO);
  }

  private static void notNegative(String key, int value) {
    if (value < 0) {
      throw new IllegalArgumentException(key + " must not be negative, was " + value);
    }
  }
}
