package io.pallium.stores;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pallium.base.config.DataSize;
import io.pallium.gcs.GcsConfig;
import io.pallium.gcs.GcsStore;
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

/// Google Cloud Storage against fake-gcs-server.
@Tag("system")
class GcsStoreTest extends ObjectStoreContract {
  private static Servers.Server server;
  private static ObjectStore store;

  @BeforeAll
  static void start(@TempDir Path work) {
    server = Servers.gcs(work);
    store =
        new RetryingStore(
            GcsStore.open(config("pallium", true)), new Retries(RetryConfig.defaults()));
  }

  @AfterAll
  static void stop() throws Exception {
    Servers.close(store, server);
  }

  private static GcsConfig config(String bucket, boolean createIfMissing) {
    return new GcsConfig(
        bucket, "project", "", server.url(), DataSize.ofMebibytes(8), createIfMissing);
  }

  @Override
  ObjectStore opened() {
    return store;
  }

  @Override
  boolean pagesHaveFoldersOnce() {
    return false;
  }

  @Test
  void missingBucketIsRefusedAndNotMade() {
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> GcsStore.open(config("other-bucket", false)))
          .isInstanceOfSatisfying(
              StoreException.class,
              e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.MISCONFIGURED))
          .hasMessageContaining("bucket \"other-bucket\" does not exist; make it, or set");
    }
  }
}
