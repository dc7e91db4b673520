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
              config("--server.http-listen-address=127.0.0.1:0"),
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
        assertThat(store.objects("")).extracting("name").containsExactly("tenant/object");
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
    Servers.Server s3 = added(opened, Servers.s3(folder("s3")));
    Servers.Server gcs = added(opened, Servers.gcs(folder("gcs")));
    Servers.Server azure = added(opened, Servers.azure(folder("azure")));
    Servers.Server cassandra = added(opened, CassandraServer.start(folder("cassandra")));
    Servers.Server dynamodb = added(opened, Servers.dynamodb(folder("dynamodb")));
    Servers.Server bigtable = added(opened, Servers.bigtable(folder("bigtable")));
    return List.of(
        config("--storage.backend=filesystem"),
        config(
            "--storage.backend=s3",
            "--storage.s3.bucket=pallium",
            "--storage.s3.endpoint=" + s3.url(),
            "--storage.s3.path-style=true",
            "--storage.s3.access-key-id=local-identity",
            "--storage.s3.secret-access-key=local-credential",
            "--storage.s3.create-if-missing=true"),
        config(
            "--storage.backend=gcs",
            "--storage.gcs.bucket=pallium",
            "--storage.gcs.project=project",
            "--storage.gcs.endpoint=" + gcs.url(),
            "--storage.gcs.create-if-missing=true"),
        config(
            "--storage.backend=azure",
            "--storage.azure.container=pallium",
            "--storage.azure.account=devstoreaccount1",
            "--storage.azure.account-key=" + AzureStoreTest.KEY,
            "--storage.azure.endpoint=" + azure.url() + "/devstoreaccount1",
            "--storage.azure.create-if-missing=true"),
        config(
            "--storage.backend=cassandra",
            "--storage.cassandra.contact-points=127.0.0.1:" + cassandra.port(),
            "--storage.cassandra.replication-factor=1",
            "--storage.cassandra.create-if-missing=true"),
        config(
            "--storage.backend=dynamodb",
            "--storage.dynamodb.endpoint=" + dynamodb.url(),
            "--storage.dynamodb.access-key-id=local",
            "--storage.dynamodb.secret-access-key=local",
            "--storage.dynamodb.create-if-missing=true"),
        config(
            "--storage.backend=bigtable",
            "--storage.bigtable.project=project",
            "--storage.bigtable.instance=instance",
            "--storage.bigtable.emulator=127.0.0.1:" + bigtable.port(),
            "--storage.bigtable.create-if-missing=true"));
  }

  private static Servers.Server added(List<AutoCloseable> opened, Servers.Server server) {
    opened.add(server);
    return server;
  }

  private Path folder(String name) throws Exception {
    return Files.createDirectory(work.resolve(name));
  }

  private PalliumConfig config(String... flags) {
    List<String> all = new ArrayList<>(List.of(flags));
    all.add("--storage.directory=" + work.resolve("data"));
    all.add("--self-scrape.enabled=false");
    return ConfigBinder.bind(
        PalliumConfig.class, PalliumConfig.defaults(), ConfigSources.none().withArguments(all));
  }
}
