package io.pallium.base.config;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// A configuration with every type of component, for the tests.
record SampleConfig(
    @Doc("What this process does.") Target target,
    @Doc("The HTTP server.") Server server,
    @Doc("Where data is kept.") Storage storage,
    @Doc("The limits of a tenant without overrides.") LimitsConfig limits) {

  enum Target {
    ALL,
    STORE_GATEWAY
  }

  record Server(
      @Doc("Where HTTP is served.") HostAndPort httpListenAddress,
      @Doc("How long a request may take.") Duration requestTimeout,
      @Doc(value = "Whether requests are logged.", since = "0.2") boolean logRequests,
      @Doc("How many requests at once.") int maxConcurrent,
      @Doc("Where users see this server.") URI externalUrl) {
    Server {
      if (maxConcurrent < 1) {
        throw new IllegalArgumentException("max_concurrent must be positive, was " + maxConcurrent);
      }
    }
  }

  record Storage(
      @Doc("The directory of all data.") Path directory,
      @Doc("How much a file may hold.") DataSize maxFileSize,
      @Doc(value = "The password | phrase of the store.", secret = true) String password,
      @Doc("Labels of this node.") Map<String, String> nodeLabels,
      @Doc("Names that are not stored.") List<String> dropped,
      @Doc("The other nodes.") List<Peer> peers,
      @Doc("Caches by name.") Map<String, Cache> caches) {}

  record Peer(@Doc("Where it listens.") HostAndPort address, @Doc("Its zone.") String zone) {}

  record Cache(@Doc("How much it holds.") DataSize size, @Doc("How long.") Duration ttl) {
    Cache {
      if (ttl.isNegative()) {
        throw new IllegalArgumentException("ttl must not be negative, was " + ttl);
      }
    }

    static Cache defaults() {
      return new Cache(DataSize.ofMebibytes(1), Duration.ofMinutes(5));
    }
  }

  record LimitsConfig(@Inline WriteLimits write, @Inline ReadLimits read) {}

  record WriteLimits(
      @Doc("Samples per second.") double ingestionRate,
      @Doc("How many series.") long maxSeries,
      @Doc("Labels that are dropped.") List<String> dropLabels) {
    WriteLimits {
      if (maxSeries < 0) {
        throw new IllegalArgumentException("max_series must not be negative, was " + maxSeries);
      }
    }
  }

  record ReadLimits(@Doc("How long a query's range may be.") Duration maxQueryLength) {}

  static SampleConfig defaults() {
    return new SampleConfig(
        Target.ALL,
        new Server(
            new HostAndPort("127.0.0.1", 9009),
            Duration.ofSeconds(90),
            false,
            100,
            URI.create("http://localhost:9009/")),
        new Storage(
            Path.of("./data"),
            DataSize.ofMebibytes(64),
            "",
            Map.of(),
            List.of(),
            List.of(),
            Map.of()),
        new LimitsConfig(
            new WriteLimits(25_000, 0, List.of()), new ReadLimits(Duration.ofDays(7))));
  }

  static SampleConfig bind(String yaml, String... flags) {
    return ConfigBinder.bind(
        SampleConfig.class,
        defaults(),
        ConfigSources.none().withYaml("pallium.yaml", yaml).withArguments(List.of(flags)));
  }
}
