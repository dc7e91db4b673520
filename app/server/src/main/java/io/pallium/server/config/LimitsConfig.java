package io.pallium.server.config;

import io.pallium.base.config.Inline;
import io.pallium.service.distributor.DistributorLimits;
import io.pallium.tsdb.compact.RetentionLimits;
import io.pallium.tsdb.head.HeadLimits;

/// The limits of one tenant: one flat list to the user, one record to each component.
public record LimitsConfig(
    @Inline DistributorLimits distributor,
    @Inline HeadLimits head,
    @Inline RetentionLimits retention) {
  public static LimitsConfig defaults() {
    return new LimitsConfig(
        DistributorLimits.defaults(), HeadLimits.defaults(), RetentionLimits.NONE);
  }
}
