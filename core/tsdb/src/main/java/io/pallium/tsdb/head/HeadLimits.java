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
/// @param maxExemplars the exemplars kept; 0: as the head is configured; -1: none
/// @param maxMetadata the metric families whose metadata is kept; 0: as the head is configured; -1:
///   none
public record HeadLimits(
    @Doc("The most series of a tenant at once in one ingester; 0 for no limit.")
        int maxSeriesPerTenant,
    @Doc("The most series of one metric name of a tenant at once in one ingester; 0 for no limit.")
        int maxSeriesPerMetric,
    @Doc("How far in the future a sample may be.") Duration creationGracePeriod,
    @Doc(
            "How far behind the tenant's newest sample one is taken that is older than the newest of its series; 0 for none.")
        Duration outOfOrderTimeWindow,
    @Doc(
            "The exemplars that are kept of a tenant in one ingester; 0 for `head.max_exemplars`, -1 for none.")
        int maxExemplars,
    @Doc(
            "The metric families of a tenant whose metadata is kept in one ingester; 0 for `head.max_metadata`, -1 for none.")
        int maxMetadata) {

  public HeadLimits {
    notNegative("max_series_per_tenant", maxSeriesPerTenant);
    notNegative("max_series_per_metric", maxSeriesPerMetric);
    atLeastMinusOne("max_exemplars", maxExemplars);
    atLeastMinusOne("max_metadata", maxMetadata);
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
    return new HeadLimits(0, 0, Duration.ofMinutes(10), Duration.ZERO, 0, 0);
  }

  private static void atLeastMinusOne(String key, int value) {
    if (value < -1) {
      throw new IllegalArgumentException(key + " must be at least -1, was " + value);
    }
  }

  private static void notNegative(String key, int value) {
    if (value < 0) {
      throw new IllegalArgumentException(key + " must not be negative, was " + value);
    }
  }
}
