package io.pallium.server.config;

import io.pallium.base.config.DataSize;
import io.pallium.base.config.Doc;
import io.pallium.base.config.HostAndPort;
import io.pallium.cluster.rpc.RemoteIngester;
import java.time.Duration;
import java.util.List;

/// Where the other processes are, for targets other than `all`.
public record ClusterConfig(
    @Doc("The addresses of all ingesters, the same list on every distributor and querier.")
        List<HostAndPort> ingesters,
    @Doc("How long a write to an ingester may take.") Duration writeTimeout,
    @Doc(
            "How many bytes of writes an ingester takes over gRPC at once. Over it, writes are"
                + " answered with 503.")
        DataSize maxInflightSize) {
  public ClusterConfig {
    ingesters = List.copyOf(ingesters);
    if (writeTimeout.isNegative() || writeTimeout.isZero()) {
      throw new IllegalArgumentException("write_timeout must be positive, was " + writeTimeout);
    }
    if (maxInflightSize.bytes() < RemoteIngester.MAX_MESSAGE_BYTES) {
      throw new IllegalArgumentException(
          "max_inflight_size must be at least one write of "
              + DataSize.ofBytes(RemoteIngester.MAX_MESSAGE_BYTES)
              + ", was "
              + maxInflightSize);
    }
  }

  public static ClusterConfig defaults() {
    return new ClusterConfig(List.of(), Duration.ofSeconds(10), DataSize.ofMebibytes(128));
  }
}
