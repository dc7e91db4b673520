package io.pallium.stores;

import io.pallium.cassandra.CassandraConfig;
import io.pallium.cassandra.CassandraRows;
import io.pallium.objectstore.ObjectStore;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/// Cassandra whose connections fail: its requests cannot be told apart from outside.
@Tag("system")
class FaultyCassandraTest extends FaultyStoreContract {
  private static RunningStore running;
  private TcpProxy proxy;

  @BeforeAll
  static void start(@TempDir Path work) throws Exception {
    running = RunningStore.cassandra(work);
  }

  @AfterAll
  static void stop() throws Exception {
    Servers.close(running);
  }

  @BeforeEach
  void startProxy() {
    proxy = new TcpProxy(running.server().port(), 1);
  }

  @AfterEach
  void stopProxy() {
    proxy.close();
  }

  @Override
  RunningStore running() {
    return running;
  }

  @Override
  List<String> smallParts() {
    return List.of("--storage.cassandra.segments.segment-size=128KiB");
  }

  @Override
  long largeBytes() {
    return 900_000;
  }

  @Override
  List<Fault> faults() {
    return TcpProxy.FAULTS;
  }

  @Override
  List<Fault> failures() {
    return List.of();
  }

  @Override
  int proxyPort() {
    return proxy.port();
  }

  @Override
  void plan(Faults faults) {
    proxy.faults(faults);
    proxy.cutAll();
  }

  @Override
  void silence() {
    proxy.silence();
  }

  @Override
  int requests() {
    return proxy.requests();
  }

  @Override
  void sweep(ObjectStore store) {
    CassandraConfig config = StoreWriter.config(flags()).cassandra();
    Leftovers.sweep(CassandraRows.open(config), config.segments(), store);
  }
}
