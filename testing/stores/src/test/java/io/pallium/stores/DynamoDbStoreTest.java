package io.pallium.stores;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pallium.base.clock.TimeSource;
import io.pallium.base.config.DataSize;
import io.pallium.dynamodb.DynamoDbConfig;
import io.pallium.dynamodb.DynamoDbRows;
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

/// DynamoDB against Amazon's server for tests.
@Tag("system")
class DynamoDbStoreTest extends ObjectStoreContract {
  private static Servers.Server server;
  private static ObjectStore store;

  @BeforeAll
  static void start(@TempDir Path work) {
    server = Servers.dynamodb(work);
    DynamoDbConfig config = config("pallium", true, 0);
    store =
        new SegmentedObjectStore(
            DynamoDbRows.open(config),
            config.segments(),
            new Retries(RetryConfig.defaults()),
            TimeSource.SYSTEM);
  }

  @AfterAll
  static void stop() throws Exception {
    Servers.close(store, server);
  }

  private static DynamoDbConfig config(String table, boolean createIfMissing, long units) {
    return new DynamoDbConfig(
        table,
        "us-east-1",
        server.url(),
        "local",
        "local",
        "",
        64,
        createIfMissing,
        units,
        units,
        SegmentedConfig.of(DataSize.ofKibibytes(256)));
  }

  @Override
  ObjectStore opened() {
    return store;
  }

  @Test
  void missingTableIsRefusedAndNotMade() {
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> DynamoDbRows.open(config("missing", false, 0)))
          .isInstanceOfSatisfying(
              StoreException.class,
              e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.MISCONFIGURED))
          .hasMessageContaining("dynamodb has no table missing in us-east-1; make it with");
    }
  }

  @Test
  void tableIsMadeWithUnitsIfThatIsAllowed() {
    DynamoDbRows.open(config("with-units", true, 10)).close();

    DynamoDbRows.open(config("with-units", false, 0)).close();
  }
}
