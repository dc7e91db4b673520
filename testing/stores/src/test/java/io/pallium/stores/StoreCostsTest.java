package io.pallium.stores;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Requests and round trips of each store stay what `docs/storage.md` and `docs/benchmarks.md` say;
/// prints them all. `dev/bench stores` runs the long form.
@Tag("system")
class StoreCostsTest {
  private static final int READS = ObjectStoreContract.IS_LONG ? 1_000 : 20;
  private static final int NAMES = ObjectStoreContract.IS_LONG ? 10_000 : 1_000;
  private static final int PAGES = NAMES / 1_000;

  @TempDir Path work;

  @Test
  void storesOfRowsReadWithinThreeTimesTheRoundTripsOfS3() throws Exception {
    Map<StoreKind, StoreCosts> costs = new EnumMap<>(StoreKind.class);
    for (StoreKind store : StoreKind.values()) {
      costs.put(store, measured(store));
    }
    print(costs);

    double s3 = Objects.requireNonNull(costs.get(StoreKind.S3)).read().roundTrips();
    assertThat(s3).isEqualTo(1);
    for (StoreKind store : List.of(StoreKind.CASSANDRA, StoreKind.DYNAMODB, StoreKind.BIGTABLE)) {
      StoreCosts cost = Objects.requireNonNull(costs.get(store));
      assertThat(cost.read().roundTrips()).as(store + " read").isBetween(2.0, 3 * s3);
      assertThat(cost.list().roundTrips()).as(store + " list").isBetween(1.0 * PAGES, PAGES + 3.0);
    }
  }

  private StoreCosts measured(StoreKind store) throws Exception {
    Path folder = Files.createDirectory(work.resolve(store.name()));
    if (store == StoreKind.FILESYSTEM) {
      try (Wire nowhere = Wire.to(0, store.protocol())) {
        return StoreCosts.measured(List.of(), folder, nowhere, READS, NAMES);
      }
    }
    try (RunningStore running = store.start(folder);
        Wire wire = Wire.to(running.server().port(), store.protocol())) {
      return StoreCosts.measured(running.flagsBehind(wire.port()), folder, wire, READS, NAMES);
    }
  }

  private static void print(Map<StoreKind, StoreCosts> costs) {
    System.out.printf(
        "| store | operation | requests | round trips | sent | received | ms, %d ms of latency |%n"
            + "|---|---|---|---|---|---|---|%n",
        StoreCosts.LATENCY.toMillis());
    costs.forEach(
        (store, cost) ->
            System.out.printf(
                "| %s | put of 64 MiB | %s |%n| | read of 64 KiB | %s |%n| | list of %d names | %s |%n",
                store.name().toLowerCase(Locale.ROOT),
                cost.put().row(),
                cost.read().row(),
                NAMES,
                cost.list().row()));
  }
}
