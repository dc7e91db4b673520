package io.pallium.stores;

import io.pallium.base.clock.TimeSource;
import io.pallium.objectstore.MemoryStore;
import io.pallium.objectstore.ObjectStore;
import io.pallium.objectstore.Retries;
import io.pallium.objectstore.RetryConfig;
import io.pallium.objectstore.layer.BoundedStore;
import io.pallium.objectstore.layer.CachedStore;
import io.pallium.objectstore.layer.HedgedStore;
import io.pallium.objectstore.layer.MeteredStore;
import io.pallium.objectstore.layer.RetryingStore;
import io.pallium.objectstore.layer.StoreMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;

/// All layers around a store keep the contract.
class LayeredStoreTest extends ObjectStoreContract {
  private final ObjectStore layered =
      new CachedStore(
          new HedgedStore(
              new RetryingStore(
                  new BoundedStore(
                      new MeteredStore(
                          new MemoryStore(),
                          new StoreMetrics(new PrometheusRegistry()),
                          TimeSource.SYSTEM),
                      3),
                  new Retries(RetryConfig.defaults())),
              Duration.ofMillis(50),
              Duration.ofSeconds(20)),
          8 << 20,
          name -> !name.endsWith("object") && !name.endsWith("counter"));

  @Override
  ObjectStore opened() {
    return layered;
  }
}
