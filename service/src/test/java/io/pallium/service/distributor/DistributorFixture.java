package io.pallium.service.distributor;

import io.airlift.compress.v3.snappy.SnappyCompressor;
import io.pallium.base.clock.ManualTimeSource;
import io.pallium.base.config.DataSize;
import io.pallium.base.config.Overrides;
import io.pallium.cluster.StaticIngesterRing;
import io.pallium.model.TenantId;
import io.pallium.storage.SampleSink;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/// A distributor over ingesters in memory.
final class DistributorFixture {
  static final TenantId TENANT = new TenantId("team-a");
  static final long NOW_MS = 1_700_000_000_000L;

  final ManualTimeSource time = new ManualTimeSource(NOW_MS);
  final PrometheusRegistry registry = new PrometheusRegistry();
  final List<FakeIngester> ingesters;
  final Distributor distributor;
  DistributorLimits limits = DistributorLimits.defaults();

  DistributorFixture() {
    this(1, config(1_000_000, DataSize.ofMebibytes(64)));
  }

  DistributorFixture(int ingesterCount, DistributorConfig config) {
    ingesters = java.util.stream.Stream.generate(FakeIngester::new).limit(ingesterCount).toList();
    distributor =
        new Distributor(
            config,
            new CurrentLimits(),
            new StaticIngesterRing(List.<SampleSink>copyOf(ingesters)),
            Runnable::run,
            time,
            registry);
  }

  static DistributorConfig config(int aliasEntries, DataSize aliasSize) {
    return config(aliasEntries, aliasSize, DataSize.ofBytes(0));
  }

  static DistributorConfig config(int aliasEntries, DataSize aliasSize, DataSize aliasTotalSize) {
    return new DistributorConfig(
        DataSize.ofMebibytes(1),
        DataSize.ofMebibytes(4),
        DataSize.ofMebibytes(8),
        DataSize.ofMebibytes(8),
        aliasEntries,
        aliasSize,
        aliasTotalSize,
        Duration.ofHours(1));
  }

  /// The same limits for all tenants: those in the field now.
  private final class CurrentLimits implements Overrides<DistributorLimits> {
    @Override
    public DistributorLimits forTenant(String tenant) {
      return limits;
    }

    @Override
    public long version() {
      return System.identityHashCode(limits);
    }

    @Override
    public long version(String tenant) {
      return version();
    }
  }

  FakeIngester ingester() {
    return ingesters.getFirst();
  }

  CompletableFuture<PushOutcome> pushRaw(byte[] body) {
    return distributor.push(TENANT, RemoteWriteVersion.V1, body, 0, body.length);
  }

  CompletableFuture<PushOutcome> push(TenantId tenant, ProtoWriter request) {
    byte[] body = snappy(request.toBytes());
    return distributor.push(tenant, RemoteWriteVersion.V1, body, 0, body.length);
  }

  /// Pushes a request of remote write 2.0.
  CompletableFuture<PushOutcome> pushV2(byte[] request) {
    byte[] body = snappy(request);
    return distributor.push(TENANT, RemoteWriteVersion.V2, body, 0, body.length);
  }

  /// Pushes a request of these series and gives the outcome, which must be there at once.
  PushOutcome push(ProtoWriter... series) {
    return push(TENANT, request(series)).join();
  }

  /// What a counter with these labels says, or 0.
  double counter(String name, String... labels) {
    for (var snapshot : registry.scrape(n -> n.equals(name))) {
      for (var point : ((CounterSnapshot) snapshot).getDataPoints()) {
        if (Arrays.stream(labels)
            .allMatch(v -> point.getLabels().stream().anyMatch(l -> l.getValue().equals(v)))) {
          return point.getValue();
        }
      }
    }
    return 0;
  }

  /// What a gauge without labels says.
  double gauge(String name) {
    GaugeSnapshot gauge = (GaugeSnapshot) registry.scrape(name::equals).get(0);
    return gauge.getDataPoints().get(0).getValue();
  }

  static ProtoWriter request(ProtoWriter... series) {
    ProtoWriter request = new ProtoWriter();
    for (ProtoWriter one : series) {
      request.messageField(1, one);
    }
    return request;
  }

  static byte[] snappy(byte[] raw) {
    SnappyCompressor compressor = SnappyCompressor.create();
    byte[] target = new byte[compressor.maxCompressedLength(raw.length)];
    int length = compressor.compress(raw, 0, raw.length, target, 0, target.length);
    return Arrays.copyOf(target, length);
  }
}
