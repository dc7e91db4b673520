package io.pallium.server;

import io.pallium.azure.AzureStore;
import io.pallium.base.clock.TimeSource;
import io.pallium.bigtable.BigtableRows;
import io.pallium.cassandra.CassandraRows;
import io.pallium.dynamodb.DynamoDbRows;
import io.pallium.gcs.GcsStore;
import io.pallium.objectstore.FileSystemStore;
import io.pallium.objectstore.ObjectStore;
import io.pallium.objectstore.Retries;
import io.pallium.objectstore.StoreException;
import io.pallium.objectstore.layer.BoundedStore;
import io.pallium.objectstore.layer.HedgedStore;
import io.pallium.objectstore.layer.MeteredStore;
import io.pallium.objectstore.layer.PrefixedStore;
import io.pallium.objectstore.layer.RetryingStore;
import io.pallium.objectstore.layer.StoreMetrics;
import io.pallium.objectstore.row.Collector;
import io.pallium.objectstore.row.RowStore;
import io.pallium.objectstore.row.SegmentedConfig;
import io.pallium.objectstore.row.SegmentedObjectStore;
import io.pallium.s3.S3Store;
import io.pallium.server.config.StorageBackend;
import io.pallium.server.config.StorageConfig;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Consumer;

/// Opens the store for objects that the configuration names, with everything that stands around it.
/// The classes of the other stores are not even loaded.
///
/// From the inside out: metrics see each try, so do the places for requests; then come tries and
/// time (objects in rows make these themselves, request by request), hedged reads, and the folder.
public final class StoreAssembly {
  /// What a hedged read may take with all its tries.
  private static final Duration READ_TIMEOUT = Duration.ofMinutes(5);

  private StoreAssembly() {}

  /// @throws StoreException if the store cannot be used, and what to do
  public static ObjectStore open(
      StorageConfig config, PrometheusRegistry registry, TimeSource time) {
    return open(config, registry, time, _ -> {});
  }

  /// The same, for a process that cleans up too.
  ///
  /// @param collectors gets the collector of a store of rows, which works until the store is closed
  static ObjectStore open(
      StorageConfig config,
      PrometheusRegistry registry,
      TimeSource time,
      Consumer<Collector> collectors) {
    Retries retries = new Retries(config.retries());
    ObjectStore store = driver(config, retries, time);
    boolean triesItself = false;
    if (store instanceof SegmentedObjectStore segmented) {
      triesItself = true;
      collectors.accept(segmented.collector());
    }
    store = new MeteredStore(store, new StoreMetrics(registry), time);
    store = new BoundedStore(store, config.maxRequests());
    if (!triesItself) {
      store = new RetryingStore(store, retries);
    }
    if (config.hedgeAfter().isPositive()) {
      store = new HedgedStore(store, config.hedgeAfter(), READ_TIMEOUT);
    }
    return config.prefix().isEmpty() ? store : new PrefixedStore(store, config.prefix());
  }

  private static ObjectStore driver(StorageConfig config, Retries retries, TimeSource time) {
    try {
      return switch (config.backend()) {
        case FILESYSTEM ->
            new FileSystemStore(
                config.objects(), config.isOwnStore() || config.filesystem().createIfMissing());
        case S3 -> S3Store.open(config.s3());
        case GCS -> GcsStore.open(config.gcs());
        case AZURE -> AzureStore.open(config.azure());
        case CASSANDRA ->
            inRows(
                CassandraRows.open(config.cassandra()),
                config.cassandra().segments(),
                retries,
                time);
        case DYNAMODB ->
            inRows(
                DynamoDbRows.open(config.dynamodb()), config.dynamodb().segments(), retries, time);
        case BIGTABLE ->
            inRows(
                BigtableRows.open(config.bigtable()), config.bigtable().segments(), retries, time);
      };
    } catch (StoreException e) {
      throw advised(e, config.backend());
    }
  }

  /// With what to do, where the store's own words do not say it.
  private static StoreException advised(StoreException e, StorageBackend backend) {
    String keys = "storage." + backend.name().toLowerCase(Locale.ROOT);
    return switch (e.kind()) {
      case DENIED ->
          new StoreException(
              e.kind(),
              e.getMessage()
                  + "; check the credentials under "
                  + keys
                  + ", and that they are allowed what docs/storage.md says",
              e);
      case THROTTLED, TIMED_OUT, UNAVAILABLE ->
          new StoreException(
              e.kind(),
              withRoot(e)
                  + "; check the address and the encryption under "
                  + keys
                  + ", and that the store can be reached from here",
              e);
      default -> e;
    };
  }

  /// Drivers hide in causes why there is no connection.
  private static String withRoot(StoreException e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String words = root.getMessage();
    return words == null || e.getMessage().contains(words)
        ? e.getMessage()
        : e.getMessage() + " (" + words.lines().findFirst().orElse("") + ")";
  }

  private static ObjectStore inRows(
      RowStore rows, SegmentedConfig segments, Retries retries, TimeSource time) {
    return new SegmentedObjectStore(rows, segments, retries, time);
  }
}
