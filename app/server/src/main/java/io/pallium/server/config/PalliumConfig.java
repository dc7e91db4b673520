package io.pallium.server.config;

import io.pallium.base.config.DataSize;
import io.pallium.base.config.Doc;
import io.pallium.cluster.rpc.RemoteIngester;
import io.pallium.service.distributor.DistributorConfig;
import io.pallium.service.shipper.ShipperConfig;
import io.pallium.service.storegateway.StoreGatewayConfig;
import io.pallium.tsdb.compact.CompactionConfig;
import io.pallium.tsdb.head.HeadConfig;
import io.pallium.tsdb.log.LogConfig;

/// The whole configuration of a process.
public record PalliumConfig(
    @Doc("The part of the system that this process plays.") Target target,
    @Doc("The HTTP server, which also carries gRPC.") ServerConfig server,
    @Doc("Who may ask, and as whom.") AuthConfig auth,
    @Doc("Where data is kept.") StorageConfig storage,
    @Doc("How writes are taken in.") DistributorConfig distributor,
    @Doc("How samples are kept in memory until they are in a block.") HeadConfig head,
    @Doc("How what is in memory is made durable.") LogConfig log,
    @Doc("How blocks become fewer and larger.") CompactionConfig compaction,
    @Doc("How blocks come into the store for objects.") ShipperConfig shipper,
    @Doc("How blocks of the store are read.") StoreGatewayConfig storeGateway,
    @Doc("How queries are evaluated.") QuerierConfig querier,
    @Doc("The limits of every tenant that has none of its own.") LimitsConfig limits,
    @Doc("Limits of single tenants.") OverridesConfig overrides,
    @Doc("Storing Pallium's own metrics in itself.") SelfScrapeConfig selfScrape,
    @Doc("Where the other processes are, for targets other than `all`.") ClusterConfig cluster) {
  public PalliumConfig {
    // A request that is taken in here must not be too large for what comes after: it would be
    // refused as often as it is sent.
    DataSize largest = distributor.maxInflatedBodySize();
    if (target == Target.ALL && log.bufferBytes() < largest.bytes()) {
      throw new IllegalArgumentException(
          "log.buffer_bytes must be at least distributor.max_inflated_body_size ("
              + largest
              + "), was "
              + log.bufferBytes());
    }
    // What the index says must be known before the copy goes that it takes the place of.
    if (shipper.enabled()
        && shipper.localRetention().isPositive()
        && shipper.localRetention().compareTo(storeGateway.maxStaleness()) <= 0) {
      throw new IllegalArgumentException(
          "shipper.local_retention must be longer than store_gateway.max_staleness ("
              + storeGateway.maxStaleness()
              + "), or 0, was "
              + shipper.localRetention());
    }
    if (target == Target.DISTRIBUTOR && largest.bytes() > RemoteIngester.MAX_MESSAGE_BYTES) {
      throw new IllegalArgumentException(
          "distributor.max_inflated_body_size must be at most one message to an ingester ("
              + DataSize.ofBytes(RemoteIngester.MAX_MESSAGE_BYTES)
              + ") with target distributor, was "
              + largest);
    }
  }

  /// Whether this process uses a store: of one in another's directory it would know nothing.
  public boolean hasStore() {
    return switch (target) {
      case ALL, INGESTER -> true;
      case QUERIER -> !storage.isOwnStore();
      case DISTRIBUTOR -> false;
    };
  }

  /// For one trusted user on one machine.
  public static PalliumConfig defaults() {
    return new PalliumConfig(
        Target.ALL,
        ServerConfig.defaults(),
        AuthConfig.defaults(),
        StorageConfig.defaults(),
        DistributorConfig.defaults(),
        HeadConfig.defaults(),
        LogConfig.defaults(),
        CompactionConfig.defaults(),
        ShipperConfig.defaults(),
        StoreGatewayConfig.defaults(),
        QuerierConfig.defaults(),
        LimitsConfig.defaults(),
        OverridesConfig.defaults(),
        SelfScrapeConfig.defaults(),
        ClusterConfig.defaults());
  }
}
