package io.pallium.service.shipper;

import io.pallium.base.config.Doc;
import java.time.Duration;

/// How blocks come into the store.
public record ShipperConfig(
    @Doc(
            "Whether blocks are copied to the store, and removed there when they are past their"
                + " retention. What is there is read in any case, and deletions reach it.")
        boolean enabled,
    @Doc("How often is looked for blocks to copy.") Duration interval,
    @Doc(
            "How long the copy of a block here is kept after it came into the store; 0 keeps it for"
                + " ever.")
        Duration localRetention,
    @Doc("How long a block that is past its retention stays in the store after it was marked.")
        Duration deletionDelay) {
  public ShipperConfig {
    if (!interval.isPositive()) {
      throw new IllegalArgumentException("interval must be positive, was " + interval);
    }
    if (localRetention.isNegative() || deletionDelay.isNegative()) {
      throw new IllegalArgumentException(
          "local_retention is "
              + localRetention
              + " and deletion_delay "
              + deletionDelay
              + ", the least is 0s");
    }
  }

  public static ShipperConfig defaults() {
    return new ShipperConfig(
        true, Duration.ofMinutes(1), Duration.ofHours(24), Duration.ofHours(12));
  }
}
