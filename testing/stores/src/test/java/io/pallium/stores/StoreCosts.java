package io.pallium.stores;

import io.pallium.base.clock.TimeSource;
import io.pallium.base.config.ConfigBinder;
import io.pallium.base.config.ConfigSources;
import io.pallium.objectstore.ObjectAttributes;
import io.pallium.objectstore.ObjectStore;
import io.pallium.server.StoreAssembly;
import io.pallium.server.config.PalliumConfig;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/// What operations cost on a store as the configuration opens it: requests, bytes, round trips one
/// after the other, and time.
record StoreCosts(Cost put, Cost read, Cost list) {
  static final int BLOCK_BYTES = 64 << 20;
  static final int RANGE_BYTES = 64 << 10;

  /// How long each answer is held back.
  static final Duration LATENCY = Duration.ofMillis(10);

  private static final int WARM_UP_READS = 20;
  private static final int WRITERS = 16;

  /// @param times how often the operation was done
  /// @param counts of all of them
  record Cost(int times, Wire.Counts counts, Duration time) {
    double requests() {
      return (double) counts.requests() / times;
    }

    double roundTrips() {
      return (double) counts.roundTrips() / times;
    }

    /// A row of a table: requests, round trips, bytes sent and received, milliseconds.
    String row() {
      return String.format(
          Locale.ROOT,
          "%.2f | %.2f | %s | %s | %.1f",
          requests(),
          roundTrips(),
          size(counts.sentBytes() / times),
          size(counts.receivedBytes() / times),
          time.toNanos() / 1e6 / times);
    }

    private static String size(long bytes) {
      if (bytes < 10_000) {
        return bytes + " B";
      }
      return bytes < 10 << 20 ? (bytes >> 10) + " KiB" : (bytes >> 20) + " MiB";
    }
  }

  /// @param reads how many ranges are read
  /// @param names how many names are listed
  static StoreCosts measured(List<String> flags, Path data, Wire wire, int reads, int names) {
    try (ObjectStore store = opened(flags, data)) {
      Parallel.run(
          WRITERS,
          writer -> {
            for (int i = writer; i < names; i += WRITERS) {
              store.put("names/%06d".formatted(i), Contents.text("x"));
            }
          });
      store.put("tenant/first/block", new Pattern(BLOCK_BYTES));
      Random random = new Random(1);
      read(store, "tenant/first/block", WARM_UP_READS, random);
      list(store, names);

      wire.delay(LATENCY);
      Cost put = cost(wire, 1, () -> store.put("tenant/block/block", new Pattern(BLOCK_BYTES)));
      Cost read = cost(wire, reads, () -> read(store, "tenant/block/block", reads, random));
      Cost list = cost(wire, 1, () -> list(store, names));
      return new StoreCosts(put, read, list);
    }
  }

  static ObjectStore opened(List<String> flags, Path data) {
    List<String> all = new ArrayList<>(flags);
    all.add("--storage.directory=" + data);
    PalliumConfig config =
        ConfigBinder.bind(
            PalliumConfig.class, PalliumConfig.defaults(), ConfigSources.none().withArguments(all));
    return StoreAssembly.open(config.storage(), new PrometheusRegistry(), TimeSource.SYSTEM);
  }

  private static Cost cost(Wire wire, int times, Runnable operations) {
    wire.countFromHere();
    long startNanos = System.nanoTime();
    operations.run();
    Duration time = Duration.ofNanos(System.nanoTime() - startNanos);
    return new Cost(times, wire.counts(), time);
  }

  private static void read(ObjectStore store, String name, int reads, Random random) {
    for (int i = 0; i < reads; i++) {
      int length =
          store.read(name, random.nextInt(BLOCK_BYTES - RANGE_BYTES), RANGE_BYTES).bytes().length;
      if (length != RANGE_BYTES) {
        throw new AssertionError("a range has " + length + " bytes");
      }
    }
  }

  private static void list(ObjectStore store, int names) {
    int listed = 0;
    for (ObjectAttributes object : store.objects("names/")) {
      listed += object.lengthBytes() == 1 ? 1 : 0;
    }
    if (listed != names) {
      throw new AssertionError("listed " + listed + " names of " + names);
    }
  }
}
