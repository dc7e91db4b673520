package io.pallium.server.config;

import io.pallium.base.config.Doc;
import io.pallium.base.config.HostAndPort;
import java.time.Duration;
import java.util.List;

/// Where the other processes are, for targets other than `all`.
public record ClusterConfig(
    @Doc("The addresses of all ingesters, the same list on every distributor and querier.")
        List<HostAndPort> ingesters,
    @Doc("How long a write to an ingester may take.") Duration writeTimeout) {
  public ClusterConfig {
    ingesters = List.copyOf(ingesters);
    if (writeTimeout.isNegative() || writeTimeout.isZero()) {
      throw new IllegalArgumentException("write_timeout must be positive, was " + writeTimeout);
    }
  }

  public static ClusterConfig defaults() {
    return new ClusterConfig(List.of(), Duration.ofSeconds(10));
  }
}
