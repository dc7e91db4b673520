package io.pallium.stores;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.base.clock.TimeSource;
import io.pallium.base.config.ConfigBinder;
import io.pallium.base.config.ConfigSources;
import io.pallium.objectstore.ObjectContent;
import io.pallium.objectstore.ObjectStore;
import io.pallium.server.Pallium;
import io.pallium.server.StoreAssembly;
import io.pallium.server.config.PalliumConfig;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A running Pallium and the drivers of all stores in one process, as the configuration opens them:
/// no driver disturbs another.
@Tag("system")
class OneProcessTest {
  private static final int OBJECT_BYTES = 3_000_000;

  @TempDir Path work;

  @Test
  void objectGoesThroughAllStoresBesideARunningServer() throws Exception {
    List<AutoCloseable> opened = new ArrayList<>();
    try {
      opened.add(
          Pallium.start(
              config(List.of("--server.http-listen-address=127.0.0.1:0")),
              TimeSource.SYSTEM,
              new PrometheusRegistry()));
      byte[] bytes = Contents.random(OBJECT_BYTES);
      ObjectContent content = ObjectContent.of(bytes);
      for (PalliumConfig config : stores(opened)) {
        ObjectStore store =
            StoreAssembly.open(config.storage(), new PrometheusRegistry(), TimeSource.SYSTEM);
        opened.add(store);
        String version = store.put("tenant/object", content);

        assertThat(version).as(config.storage().backend().name()).isNotEmpty();
        assertThat(store.objects("tenant/")).extracting("name").containsExactly("tenant/object");
        try (InputStream in = store.open("tenant/object")) {
          assertThat(Arrays.equals(in.readAllBytes(), bytes)).isTrue();
        }
      }
    } finally {
      for (AutoCloseable one : opened.reversed()) {
        one.close();
      }
    }
  }

  /// A configuration for each store, with its server running.
  private List<PalliumConfig> stores(List<AutoCloseable> opened) throws Exception {
    List<PalliumConfig> configs = new ArrayList<>();
    configs.add(config(List.of("--storage.backend=filesystem")));
    for (RunningStore store :
        List.of(
            added(opened, RunningStore.s3(folder("s3"))),
            added(opened, RunningStore.gcs(folder("gcs"))),
            added(opened, RunningStore.azure(folder("azure"))),
            added(opened, RunningStore.cassandra(folder("cassandra"))),
            added(opened, RunningStore.dynamodb(folder("dynamodb"))),
            added(opened, RunningStore.bigtable(folder("bigtable"))))) {
      configs.add(config(store.flags()));
    }
    return configs;
  }

  private static RunningStore added(List<AutoCloseable> opened, RunningStore store) {
    opened.add(store);
    return store;
  }

  private Path folder(String name) throws Exception {
    return Files.createDirectory(work.resolve(name));
  }

  private PalliumConfig config(List<String> flags) {
    List<String> all = new ArrayList<>(flags);
    all.add("--storage.directory=" + work.resolve("data"));
    all.add("--self-scrape.enabled=false");
    return ConfigBinder.bind(
        PalliumConfig.class, PalliumConfig.defaults(), ConfigSources.none().withArguments(all));
  }
}
