package io.pallium.bigtable;

import com.google.api.gax.core.CredentialsProvider;
import com.google.api.gax.core.FixedCredentialsProvider;
import com.google.auth.oauth2.GoogleCredentials;
import com.google.cloud.bigtable.admin.v2.BigtableTableAdminClient;
import com.google.cloud.bigtable.admin.v2.BigtableTableAdminSettings;
import com.google.cloud.bigtable.data.v2.BigtableDataClient;
import com.google.cloud.bigtable.data.v2.BigtableDataSettings;
import io.pallium.base.config.HostAndPort;
import io.pallium.objectstore.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/// Makes the drivers. Their own tries are off.
final class BigtableClients {
  private static final String SCOPE = "https://www.googleapis.com/auth/cloud-platform";

  private static final Duration OPEN_TIMEOUT = Duration.ofSeconds(20);

  private BigtableClients() {}

  static BigtableDataClient data(BigtableConfig config) {
    try {
      BigtableDataSettings.Builder settings =
          config.emulator().isEmpty()
              ? BigtableDataSettings.newBuilder()
              : emulatedData(HostAndPort.parse(config.emulator()));
      settings.setProjectId(config.project()).setInstanceId(config.instance());
      tryOnce(settings);
      if (!config.appProfile().isEmpty()) {
        settings.setAppProfileId(config.appProfile());
      }
      if (!config.credentialsFile().isEmpty()) {
        settings.setCredentialsProvider(credentials(config));
      }
      return BigtableDataClient.create(settings.build());
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /// The layers around a store make the other tries.
  private static void tryOnce(BigtableDataSettings.Builder settings) {
    var calls = settings.stubSettings();
    calls.readRowSettings().setRetryableCodes(Set.of());
    calls.readRowsSettings().setRetryableCodes(Set.of());
    // Not used, but must be the same.
    calls.bulkReadRowsSettings().setRetryableCodes(Set.of());
    calls.mutateRowSettings().setRetryableCodes(Set.of());
    calls.checkAndMutateRowSettings().setRetryableCodes(Set.of());
  }

  private static BigtableDataSettings.Builder emulatedData(HostAndPort emulator) {
    return BigtableDataSettings.newBuilderForEmulator(emulator.host(), emulator.port());
  }

  static BigtableTableAdminClient admin(BigtableConfig config) {
    try {
      BigtableTableAdminSettings.Builder settings;
      if (config.emulator().isEmpty()) {
        settings = BigtableTableAdminSettings.newBuilder();
      } else {
        HostAndPort emulator = HostAndPort.parse(config.emulator());
        settings =
            BigtableTableAdminSettings.newBuilderForEmulator(emulator.host(), emulator.port());
      }
      settings.setProjectId(config.project()).setInstanceId(config.instance());
      if (!config.credentialsFile().isEmpty()) {
        settings.setCredentialsProvider(credentials(config));
      }
      settings.stubSettings().getTableSettings().setSimpleTimeoutNoRetriesDuration(OPEN_TIMEOUT);
      return BigtableTableAdminClient.create(settings.build());
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private static CredentialsProvider credentials(BigtableConfig config) throws IOException {
    try (InputStream in = Files.newInputStream(Path.of(config.credentialsFile()))) {
      return FixedCredentialsProvider.create(
          GoogleCredentials.fromStream(in).createScoped(List.of(SCOPE)));
    }
  }

  private static StoreException failed(IOException e) {
    return new StoreException(
        StoreException.Kind.MISCONFIGURED, "cannot connect to bigtable: " + e.getMessage(), e);
  }
}
