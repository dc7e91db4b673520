package io.pallium.stores;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pallium.azure.AzureConfig;
import io.pallium.azure.AzureStore;
import io.pallium.base.config.DataSize;
import io.pallium.objectstore.ObjectStore;
import io.pallium.objectstore.Retries;
import io.pallium.objectstore.RetryConfig;
import io.pallium.objectstore.StoreException;
import io.pallium.objectstore.layer.RetryingStore;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Azure Blob Storage against Azurite.
@Tag("system")
class AzureStoreTest extends ObjectStoreContract {
  /// The key that every Azurite has.
  static final String KEY =
      "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

  private static Servers.Server server;
  private static ObjectStore store;

  @BeforeAll
  static void start(@TempDir Path work) {
    server = Servers.azure(work);
    store =
        new RetryingStore(
            AzureStore.open(config("pallium", KEY, true)), new Retries(RetryConfig.defaults()));
  }

  @AfterAll
  static void stop() throws Exception {
    Servers.close(store, server);
  }

  private static AzureConfig config(String container, String key, boolean createIfMissing) {
    return new AzureConfig(
        container,
        "devstoreaccount1",
        key,
        "",
        "",
        server.url() + "/devstoreaccount1",
        DataSize.ofMebibytes(8),
        createIfMissing);
  }

  @Override
  ObjectStore opened() {
    return store;
  }

  @Test
  void missingContainerIsRefusedAndNotMade() {
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> AzureStore.open(config("other-container", KEY, false)))
          .isInstanceOfSatisfying(
              StoreException.class,
              e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.MISCONFIGURED))
          .hasMessageContaining("container \"other-container\" does not exist; make it, or set");
    }
  }

  @Test
  void wrongKeyIsRefused() {
    assertThatThrownBy(() -> AzureStore.open(config("pallium", "d3Jvbmc=", false)))
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.DENIED));
  }
}
