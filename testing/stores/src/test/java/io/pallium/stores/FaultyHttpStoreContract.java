package io.pallium.stores;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/// A store behind HTTP.
abstract class FaultyHttpStoreContract extends FaultyStoreContract {
  private HttpProxy proxy;

  /// How the store says that it does nothing.
  abstract HttpProxy.Words words();

  @BeforeEach
  void startProxy() {
    proxy = new HttpProxy(running().server().port(), 1, words());
  }

  @AfterEach
  void stopProxy() {
    proxy.close();
  }

  @Override
  List<Fault> faults() {
    return Fault.OF_HTTP;
  }

  @Override
  List<Fault> failures() {
    return List.of(
        Fault.BUSY,
        Fault.ERROR,
        Fault.DONE_ERROR,
        Fault.CUT_REQUEST,
        Fault.CUT_ANSWER,
        Fault.TORN_ANSWER);
  }

  @Override
  int proxyPort() {
    return proxy.port();
  }

  @Override
  void plan(Faults faults) {
    proxy.faults(faults);
  }

  @Override
  int requests() {
    return proxy.requests();
  }
}
