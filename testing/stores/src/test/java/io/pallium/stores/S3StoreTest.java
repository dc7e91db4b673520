package io.pallium.stores;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pallium.base.config.DataSize;
import io.pallium.objectstore.ObjectStore;
import io.pallium.objectstore.Retries;
import io.pallium.objectstore.RetryConfig;
import io.pallium.objectstore.StoreException;
import io.pallium.objectstore.layer.RetryingStore;
import io.pallium.s3.Encryption;
import io.pallium.s3.S3Config;
import io.pallium.s3.S3Store;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// S3 against S3Proxy.
@Tag("system")
class S3StoreTest extends ObjectStoreContract {
  private static Servers.Server server;
  private static ObjectStore store;

  @BeforeAll
  static void start(@TempDir Path work) throws IOException {
    server = Servers.s3(work);
    store =
        new RetryingStore(
            S3Store.open(config("pallium", "local-credential", true)),
            new Retries(RetryConfig.defaults()));
  }

  @AfterAll
  static void stop() throws Exception {
    Servers.close(store, server);
  }

  private static S3Config config(String bucket, String secret, boolean createIfMissing) {
    return new S3Config(
        bucket,
        "us-east-1",
        server.url(),
        true,
        "local-identity",
        secret,
        Encryption.NONE,
        "",
        "",
        DataSize.ofMebibytes(5),
        64,
        createIfMissing);
  }

  @Override
  ObjectStore opened() {
    return store;
  }

  @Override
  boolean replacesInOneStep() {
    return false;
  }

  @Test
  void missingBucketIsRefusedAndNotMade() {
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> S3Store.open(config("other-bucket", "local-credential", false)))
          .isInstanceOfSatisfying(
              StoreException.class,
              e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.MISCONFIGURED))
          .hasMessageContaining("bucket \"other-bucket\" does not exist; make it, or set");
    }
  }

  @Test
  void wrongSecretIsRefused() {
    assertThatThrownBy(() -> S3Store.open(config("pallium", "wrong", false)))
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.DENIED));
  }
}
