package io.pallium.stores;

import io.pallium.bigtable.BigtableConfig;
import io.pallium.bigtable.BigtableRows;
import io.pallium.objectstore.ObjectStore;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/// Bigtable whose service and connections fail.
@Tag("system")
class FaultyBigtableTest extends FaultyStoreContract {
  private static final List<Fault> CONNECTION_FAULTS =
      List.of(Fault.SLOW, Fault.CUT_REQUEST, Fault.CUT_ANSWER);

  private static RunningStore running;
  private GrpcProxy calls;
  private TcpProxy connections;

  @BeforeAll
  static void start(@TempDir Path work) {
    running = RunningStore.bigtable(work);
  }

  @AfterAll
  static void stop() throws Exception {
    Servers.close(running);
  }

  @BeforeEach
  void startProxies() {
    calls = new GrpcProxy(running.server().port());
    connections = new TcpProxy(calls.port(), 1);
  }

  @AfterEach
  void stopProxies() {
    connections.close();
    calls.close();
  }

  @Override
  RunningStore running() {
    return running;
  }

  @Override
  List<String> smallParts() {
    return List.of("--storage.bigtable.segments.segment-size=128KiB");
  }

  @Override
  long largeBytes() {
    return 900_000;
  }

  @Override
  List<Fault> faults() {
    return Stream.concat(CONNECTION_FAULTS.stream(), GrpcProxy.FAULTS.stream()).toList();
  }

  @Override
  List<Fault> failures() {
    return List.of(Fault.BUSY, Fault.ERROR, Fault.DONE_ERROR);
  }

  @Override
  int proxyPort() {
    return connections.port();
  }

  @Override
  void plan(Faults faults) {
    calls.faults(faults.only(GrpcProxy.FAULTS));
    connections.faults(faults.only(CONNECTION_FAULTS));
    connections.cutAll();
  }

  @Override
  void silence() {
    calls.faults(Faults.always(Fault.HANG));
  }

  @Override
  int requests() {
    return calls.requests();
  }

  @Override
  void sweep(ObjectStore store) {
    BigtableConfig config = StoreWriter.config(flags()).bigtable();
    Leftovers.sweep(BigtableRows.open(config), config.segments(), store);
  }
}
