package io.pallium.stores;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.datastax.oss.driver.api.core.CqlSession;
import io.pallium.base.clock.TimeSource;
import io.pallium.base.config.DataSize;
import io.pallium.base.config.HostAndPort;
import io.pallium.cassandra.CassandraConfig;
import io.pallium.cassandra.CassandraConfig.Consistency;
import io.pallium.cassandra.CassandraConfig.SerialConsistency;
import io.pallium.cassandra.CassandraRows;
import io.pallium.objectstore.ObjectStore;
import io.pallium.objectstore.Retries;
import io.pallium.objectstore.RetryConfig;
import io.pallium.objectstore.StoreException;
import io.pallium.objectstore.row.SegmentedConfig;
import io.pallium.objectstore.row.SegmentedObjectStore;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Cassandra against a node of Cassandra 5.
@Tag("system")
class CassandraStoreTest extends ObjectStoreContract {
  private static Servers.Server server;
  private static ObjectStore store;

  @BeforeAll
  static void start(@TempDir Path work) throws Exception {
    server = CassandraServer.start(work);
    CassandraConfig config = config("pallium", true);
    store =
        new SegmentedObjectStore(
            CassandraRows.open(config),
            config.segments(),
            new Retries(RetryConfig.defaults()),
            TimeSource.SYSTEM);
  }

  @AfterAll
  static void stop() throws Exception {
    Servers.close(store, server);
  }

  private static CassandraConfig config(String keyspace, boolean createIfMissing) {
    return new CassandraConfig(
        List.of(new HostAndPort("127.0.0.1", server.port())),
        "datacenter1",
        keyspace,
        "",
        "",
        false,
        "",
        true,
        Consistency.LOCAL_QUORUM,
        SerialConsistency.LOCAL_SERIAL,
        Duration.ofSeconds(10),
        createIfMissing,
        1,
        SegmentedConfig.of(DataSize.ofMebibytes(1)));
  }

  @Override
  ObjectStore opened() {
    return store;
  }

  @Test
  void missingTableIsRefusedWithTheStatementsThatMakeIt() {
    assertThatThrownBy(() -> CassandraRows.open(config("nothing_here", false)))
        .isInstanceOfSatisfying(
            StoreException.class,
            e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.MISCONFIGURED))
        .hasMessageContaining("CREATE KEYSPACE IF NOT EXISTS nothing_here")
        .hasMessageContaining("CREATE TABLE IF NOT EXISTS nothing_here.pallium_rows");
  }

  @Test
  void tableWithAnotherLayoutIsRefused() {
    try (CqlSession session =
        CqlSession.builder()
            .addContactPoint(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()))
            .withLocalDatacenter("datacenter1")
            .build()) {
      session.execute(
          "CREATE KEYSPACE other WITH replication ="
              + " {'class': 'SimpleStrategy', 'replication_factor': 1}");
      session.execute("CREATE TABLE other.pallium_rows (partition text PRIMARY KEY, own int)");
    }

    assertThatThrownBy(() -> CassandraRows.open(config("other", true)))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("is another than Pallium's: it has {own=regular int");
  }
}
