package io.pallium.service;

import io.pallium.base.clock.ManualTimeSource;
import io.pallium.base.config.DataSize;
import io.pallium.bucket.Bucket;
import io.pallium.model.LabelMatcher;
import io.pallium.model.Labels;
import io.pallium.model.TenantId;
import io.pallium.model.WriteBatch;
import io.pallium.objectstore.MemoryStore;
import io.pallium.service.shipper.Shipper;
import io.pallium.service.shipper.ShipperConfig;
import io.pallium.service.storegateway.StoreGateway;
import io.pallium.service.storegateway.StoreGatewayConfig;
import io.pallium.storage.Querier;
import io.pallium.storage.QueryControl;
import io.pallium.storage.SampleColumn;
import io.pallium.storage.SampleCursor;
import io.pallium.storage.SelectHints;
import io.pallium.storage.SeriesSet;
import io.pallium.tsdb.LongTermStore;
import io.pallium.tsdb.Tsdb;
import io.pallium.tsdb.TsdbConfig;
import io.pallium.tsdb.TsdbLimits;
import io.pallium.tsdb.compact.CompactionConfig;
import io.pallium.tsdb.file.LocalDurableFiles;
import io.pallium.tsdb.head.HeadConfig;
import io.pallium.tsdb.log.LogConfig;
import io.pallium.tsdb.log.LogReplayProgress;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.TreeMap;

/// A database with a shipper and a gateway, and a store in memory that outlives them. Its clock
/// stands still, and nothing happens by itself.
final class ShippedDatabase implements AutoCloseable {
  static final TenantId TENANT = new TenantId("tenant");
  static final long START_MS = 1_800_000_000_000L;
  static final Duration BLOCK_RANGE = Duration.ofMinutes(2);

  private static final Duration LOCAL_RETENTION = Duration.ofMinutes(5);

  final ManualTimeSource time = new ManualTimeSource(START_MS);
  final UnreliableStore store;
  private final Path directory;
  private final int shards;
  Duration retention = Duration.ZERO;
  Tsdb tsdb;
  Shipper shipper;
  StoreGateway gateway;
  Bucket bucket;

  /// @param shards into how many blocks compaction divides
  ShippedDatabase(Path directory, int shards) {
    this(directory, shards, new UnreliableStore(new MemoryStore()));
  }

  /// @param store of others too
  ShippedDatabase(Path directory, int shards, UnreliableStore store) {
    this.store = store;
    this.directory = directory;
    this.shards = shards;
    bucket = Bucket.open(store, "a store in memory", time);
    tsdb = openTsdb();
    shipper = openShipper();
    gateway = openGateway();
  }

  private Tsdb openTsdb() {
    HeadConfig head =
        new HeadConfig(BLOCK_RANGE, BLOCK_RANGE, DataSize.ofBytes(0), 10, 1 << 14, 100, 100, true);
    CompactionConfig compaction =
        new CompactionConfig(
            true,
            Duration.ZERO,
            List.of(BLOCK_RANGE, BLOCK_RANGE.multipliedBy(3), BLOCK_RANGE.multipliedBy(9)),
            shards,
            DataSize.ZERO,
            Duration.ofMinutes(1));
    LogConfig log = LogConfig.defaults();
    return Tsdb.open(
        new TsdbConfig(
            directory,
            head,
            new LogConfig(
                false,
                Duration.ZERO,
                1 << 16,
                log.bufferBytes(),
                log.reserveTimeout(),
                log.maxSegments(),
                0),
            compaction,
            Duration.ofHours(1),
            Duration.ZERO,
            new LongTermStore(bucket.id(), "a store in memory", "", true)),
        new LocalDurableFiles(),
        time,
        TsdbLimits.DEFAULTS,
        new PrometheusRegistry(),
        LogReplayProgress.NONE);
  }

  private Shipper openShipper() {
    return new Shipper(
        new ShipperConfig(true, Duration.ofMinutes(1), LOCAL_RETENTION, Duration.ofHours(1)),
        tsdb.shipping(),
        bucket,
        _ -> retention,
        time,
        new PrometheusRegistry());
  }

  private StoreGateway openGateway() {
    StoreGatewayConfig defaults = StoreGatewayConfig.defaults();
    return new StoreGateway(
        new StoreGatewayConfig(
            Duration.ofMinutes(1),
            Duration.ofMinutes(2),
            DataSize.ofMebibytes(1),
            // So little that blocks are closed while others are opened.
            DataSize.ofKibibytes(20),
            defaults.idleTimeout()),
        bucket,
        new StoreGateway.Recent(tsdb, tsdb.shipping()::held),
        new LocalDurableFiles(),
        directory.resolve("headers"),
        time,
        new PrometheusRegistry());
  }

  void write(Labels series, long timestampMs, double value) {
    WriteBatch batch = new WriteBatch().reset(TENANT);
    byte[] bytes = series.bytes();
    batch.addSeries(WriteBatch.NO_REF, bytes, 0, bytes.length);
    batch.addSample(timestampMs, Double.doubleToRawLongBits(value));
    if (tsdb.write(batch).join().storedSamples() != 1) {
      throw new AssertionError("refused: " + series + " at " + timestampMs);
    }
  }

  /// As an administrator's deletion.
  void delete(List<LabelMatcher> matchers, long minTimeMs, long maxTimeMs) {
    bucket
        .tenant(TENANT)
        .exclusively(
            () -> {
              tsdb.delete(TENANT, matchers, minTimeMs, maxTimeMs);
              gateway.delete(TENANT, matchers, minTimeMs, maxTimeMs);
            });
  }

  /// Everything that a query of a range finds.
  TreeMap<Labels, TreeMap<Long, Double>> read(long minTimeMs, long maxTimeMs) {
    TreeMap<Labels, TreeMap<Long, Double>> found = new TreeMap<>();
    QueryControl control = QueryControl.unlimited();
    try (Querier querier = gateway.querier(TENANT, minTimeMs, maxTimeMs, control)) {
      SeriesSet set = querier.select(SelectHints.sorted(minTimeMs, maxTimeMs), List.of());
      while (set.next()) {
        TreeMap<Long, Double> samples = samples(set.samples(), control);
        if (!samples.isEmpty() && found.put(set.labels(), samples) != null) {
          throw new AssertionError("series twice: " + set.labels());
        }
      }
    }
    if (control.budget().reservedBytes() != 0) {
      throw new AssertionError("still reserved: " + control.budget().reservedBytes());
    }
    return found;
  }

  private static TreeMap<Long, Double> samples(SampleCursor cursor, QueryControl control) {
    TreeMap<Long, Double> samples = new TreeMap<>();
    SampleColumn column = new SampleColumn(control);
    while (cursor.nextRun(column)) {}
    for (int i = 0; i < column.size(); i++) {
      if (samples.put(column.timestampsMs()[i], column.values()[i]) != null) {
        throw new AssertionError("sample twice: " + column.timestampsMs()[i]);
      }
    }
    column.release();
    return samples;
  }

  int unshipped() {
    return tsdb.shipping().unshipped(TENANT).size();
  }

  /// Ends and begins again.
  ///
  /// @param isDiskLost whether all blocks here are gone in between
  void restart(boolean isDiskLost) throws IOException {
    gateway.close();
    tsdb.close();
    if (isDiskLost) {
      new LocalDurableFiles().delete(directory.resolve("blocks"));
    }
    bucket = Bucket.open(store, "a store in memory", time);
    tsdb = openTsdb();
    shipper = openShipper();
    gateway = openGateway();
  }

  @Override
  public void close() {
    gateway.close();
    tsdb.close();
  }
}
