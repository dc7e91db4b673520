package io.pallium.stores;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pallium.base.clock.TimeSource;
import io.pallium.base.config.DataSize;
import io.pallium.bigtable.BigtableConfig;
import io.pallium.bigtable.BigtableRows;
import io.pallium.objectstore.ObjectStore;
import io.pallium.objectstore.Retries;
import io.pallium.objectstore.RetryConfig;
import io.pallium.objectstore.StoreException;
import io.pallium.objectstore.row.SegmentedConfig;
import io.pallium.objectstore.row.SegmentedObjectStore;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Bigtable against Google's emulator.
@Tag("system")
class BigtableStoreTest extends ObjectStoreContract {
  private static Servers.Server server;
  private static ObjectStore store;

  @BeforeAll
  static void start(@TempDir Path work) {
    server = Servers.bigtable(work);
    BigtableConfig config = config("pallium", true);
    store =
        new SegmentedObjectStore(
            BigtableRows.open(config),
            config.segments(),
            new Retries(RetryConfig.defaults()),
            TimeSource.SYSTEM);
  }

  @AfterAll
  static void stop() throws Exception {
    Servers.close(store, server);
  }

  private static BigtableConfig config(String table, boolean createIfMissing) {
    return new BigtableConfig(
        "project",
        "instance",
        table,
        "",
        "",
        "127.0.0.1:" + server.port(),
        createIfMissing,
        SegmentedConfig.of(DataSize.ofMebibytes(1)));
  }

  @Override
  ObjectStore opened() {
    return store;
  }

  @Test
  void missingTableIsRefusedAndNotMade() {
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> BigtableRows.open(config("missing", false)))
          .isInstanceOfSatisfying(
              StoreException.class,
              e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.MISCONFIGURED))
          .hasMessageContaining("bigtable has no table missing in instance instance; make it with");
    }
  }
}
