package io.pallium.gcs;

import com.google.api.gax.retrying.RetrySettings;
import com.google.auth.oauth2.GoogleCredentials;
import com.google.cloud.NoCredentials;
import com.google.cloud.storage.BlobWriteSessionConfigs;
import com.google.cloud.storage.Storage;
import com.google.cloud.storage.StorageOptions;
import io.pallium.objectstore.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/// Makes the driver. Its own tries are off: the layers around a store make them.
final class GcsClients {
  private GcsClients() {}

  static Storage storage(GcsConfig config) {
    StorageOptions.Builder options =
        StorageOptions.http()
            .setBlobWriteSessionConfig(
                BlobWriteSessionConfigs.getDefault()
                    .withChunkSize(Math.toIntExact(config.pieceSize().bytes())))
            .setRetrySettings(RetrySettings.newBuilder().setMaxAttempts(1).build());
    if (!config.project().isEmpty()) {
      options.setProjectId(config.project());
    }
    if (!config.endpoint().isEmpty()) {
      options.setHost(config.endpoint()).setCredentials(NoCredentials.getInstance());
    }
    if (!config.credentialsFile().isEmpty()) {
      try (InputStream in = Files.newInputStream(Path.of(config.credentialsFile()))) {
        options.setCredentials(GoogleCredentials.fromStream(in));
      } catch (IOException e) {
        throw new StoreException(
            StoreException.Kind.MISCONFIGURED,
            "cannot read gcs credentials from " + config.credentialsFile() + ": " + e.getMessage(),
            e);
      }
    }
    return options.build().getService();
  }
}
