package io.pallium.service.storegateway;

import io.pallium.base.config.DataSize;
import io.pallium.base.config.Doc;
import java.time.Duration;

/// How blocks of the store are read.
public record StoreGatewayConfig(
    @Doc(
            "How old what is known of a tenant's blocks in the store may be; older, it is read"
                + " again. What this process ships or deletes is known at once.")
        Duration syncInterval,
    @Doc("How old it may be while the store cannot be read; older, queries fail.")
        Duration maxStaleness,
    @Doc("Memory for pieces of blocks that were read lately; 0 takes a sixteenth of the heap.")
        DataSize cacheSize,
    @Doc("How large the symbols and tables of the blocks that are kept open may be together.")
        DataSize maxOpenIndexes,
    @Doc("After this time without a query a block is closed.") Duration idleTimeout) {
  public StoreGatewayConfig {
    if (syncInterval.isNegative()) {
      throw new IllegalArgumentException("sync_interval must not be negative, was " + syncInterval);
    }
    if (maxStaleness.compareTo(syncInterval) < 0) {
      throw new IllegalArgumentException(
          "max_staleness must be at least sync_interval ("
              + syncInterval
              + "), was "
              + maxStaleness);
    }
    if (!idleTimeout.isPositive()) {
      throw new IllegalArgumentException("idle_timeout must be positive, was " + idleTimeout);
    }
  }

  public static StoreGatewayConfig defaults() {
    return new StoreGatewayConfig(
        Duration.ofMinutes(1),
        Duration.ofMinutes(15),
        DataSize.ofBytes(0),
        DataSize.ofMebibytes(256),
        Duration.ofMinutes(20));
  }
}
