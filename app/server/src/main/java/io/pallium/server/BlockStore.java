package io.pallium.server;

import io.pallium.base.clock.TimeSource;
import io.pallium.base.config.Overrides;
import io.pallium.base.lifecycle.PeriodicTask;
import io.pallium.base.lifecycle.Services;
import io.pallium.bucket.Bucket;
import io.pallium.model.LabelMatcher;
import io.pallium.model.TenantId;
import io.pallium.server.api.AdminRoutes;
import io.pallium.server.config.PalliumConfig;
import io.pallium.service.shipper.Shipper;
import io.pallium.service.storegateway.StoreGateway;
import io.pallium.storage.Queryable;
import io.pallium.tsdb.Tsdb;
import io.pallium.tsdb.compact.RetentionLimits;
import io.pallium.tsdb.file.DurableFiles;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;
import java.util.List;

/// Blocks in the store for objects as one process uses them: what reads them, and beside a database
/// what ships and deletes. Thread-safe.
final class BlockStore implements AutoCloseable {
  private final PalliumConfig config;
  private final TimeSource time;
  private final PrometheusRegistry registry;
  private final Bucket bucket;
  private final ClosingOrder parts = new ClosingOrder();
  private final StoreGateway gateway;

  /// @param bucket its store stays open when this is closed
  /// @param recent what is not in the store
  BlockStore(
      PalliumConfig config,
      Bucket bucket,
      StoreGateway.Recent recent,
      TimeSource time,
      PrometheusRegistry registry,
      DurableFiles files) {
    this.config = config;
    this.time = time;
    this.registry = registry;
    this.bucket = bucket;
    this.gateway =
        parts.add(
            "store-gateway",
            new StoreGateway(
                config.storeGateway(),
                bucket,
                recent,
                files,
                config.storage().directory().toAbsolutePath().normalize().resolve("index-headers"),
                time,
                registry));
  }

  /// All samples.
  Queryable gateway() {
    return gateway;
  }

  /// Begins to ship the blocks of a database, if they are to be shipped.
  ///
  /// @return the database and what is in the store, as administrators see them
  AdminRoutes.Database startShipping(Tsdb tsdb, Overrides<RetentionLimits> retention) {
    Runnable shipping = config.shipper().enabled() ? shipper(tsdb, retention)::run : () -> {};
    return new AdminRoutes.Database() {
      @Override
      public void delete(
          TenantId tenant, List<LabelMatcher> matchers, long minTimeMs, long maxTimeMs) {
        // No block is published in between.
        bucket
            .tenant(tenant)
            .exclusively(
                () -> {
                  tsdb.delete(tenant, matchers, minTimeMs, maxTimeMs);
                  gateway.delete(tenant, matchers, minTimeMs, maxTimeMs);
                });
      }

      @Override
      public void removeDeleted(TenantId tenant) {
        tsdb.removeDeleted(tenant);
      }

      @Override
      public void flush() {
        tsdb.tenants().forEach(tsdb::flush);
        shipping.run();
      }
    };
  }

  private Shipper shipper(Tsdb tsdb, Overrides<RetentionLimits> retention) {
    Shipper shipper =
        new Shipper(
            config.shipper(),
            tsdb.shipping(),
            bucket,
            tenant -> retention.forTenant(tenant.value()).blocksRetentionPeriod(),
            time,
            registry);
    Services shipping =
        parts.add("shipper", new Services(Duration.ofMinutes(1), Duration.ofSeconds(10)));
    shipping.add(new PeriodicTask("shipper", config.shipper().interval(), shipper::run));
    shipping.start();
    return shipper;
  }

  @Override
  public void close() {
    parts.close();
  }
}
