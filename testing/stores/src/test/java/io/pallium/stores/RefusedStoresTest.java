package io.pallium.stores;

import com.google.cloud.bigtable.admin.v2.BigtableTableAdminClient;
import com.google.cloud.bigtable.admin.v2.BigtableTableAdminSettings;
import com.google.cloud.bigtable.admin.v2.models.CreateTableRequest;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;

/// What a store is not, or does not allow, is said before anything is done, in its own words and
/// with what to do; and nothing is made that the configuration does not ask for.
@Tag("system")
class RefusedStoresTest {
  @TempDir Path work;

  private StoreTool tool;

  @BeforeEach
  void toolInItsFolder() {
    tool = new StoreTool(work);
  }

  @Test
  void s3() throws Exception {
    try (RunningStore store = RunningStore.s3(work)) {
      assertMissingIsRefused(
          store, "bucket \"pallium\" does not exist; make it, or set create_if_missing");
      assertUnreachableIsRefused(store, "s3");
    }
  }

  @Test
  void gcs() throws Exception {
    try (RunningStore store = RunningStore.gcs(work)) {
      assertMissingIsRefused(
          store, "bucket \"pallium\" does not exist; make it, or set create_if_missing");
      assertUnreachableIsRefused(store, "gcs");
      tool.assertRefused(
          with(store, "--storage.gcs.credentials-file=" + work.resolve("missing.json")),
          "cannot read gcs credentials from",
          "missing.json");
      Path nonsense = Files.writeString(work.resolve("nonsense.json"), "{}");
      tool.assertRefused(
          with(store, "--storage.gcs.credentials-file=" + nonsense), "cannot read gcs credentials");
    }
  }

  @Test
  void azure() {
    try (RunningStore store = RunningStore.azure(work)) {
      assertMissingIsRefused(
          store, "container \"pallium\" does not exist; make it, or set create_if_missing");
      assertUnreachableIsRefused(store, "azure");
    }
  }

  @Test
  void dynamodb() {
    try (RunningStore store = RunningStore.dynamodb(work)) {
      assertMissingIsRefused(store, "dynamodb has no table pallium in us-east-1; make it with");
      assertUnreachableIsRefused(store, "dynamodb");
      makeOtherDynamoDbTable(store);
      tool.assertRefused(
          with(store, "--storage.dynamodb.table=another"),
          "table another is another than Pallium's");
    }
  }

  private static void makeOtherDynamoDbTable(RunningStore store) {
    try (DynamoDbClient client =
        DynamoDbClient.builder()
            .endpointOverride(URI.create(store.server().url()))
            .region(Region.US_EAST_1)
            .credentialsProvider(
                StaticCredentialsProvider.create(AwsBasicCredentials.create("local", "local")))
            .build()) {
      client.createTable(
          table ->
              table
                  .tableName("another")
                  .billingMode(BillingMode.PAY_PER_REQUEST)
                  .keySchema(
                      KeySchemaElement.builder().attributeName("id").keyType(KeyType.HASH).build())
                  .attributeDefinitions(
                      AttributeDefinition.builder()
                          .attributeName("id")
                          .attributeType(ScalarAttributeType.S)
                          .build()));
    }
  }

  @Test
  void bigtable() throws Exception {
    try (RunningStore store = RunningStore.bigtable(work)) {
      assertMissingIsRefused(
          store, "bigtable has no table pallium in instance instance; make it with");
      assertUnreachableIsRefused(store, "bigtable");
      tool.assertRefused(
          with(store, "--storage.bigtable.credentials-file=" + work.resolve("missing.json")),
          "cannot connect to bigtable",
          "missing.json");
      try (BigtableTableAdminClient admin =
          BigtableTableAdminClient.create(
              BigtableTableAdminSettings.newBuilderForEmulator(store.server().port())
                  .setProjectId("project")
                  .setInstanceId("instance")
                  .build())) {
        var unused = admin.createTable(CreateTableRequest.of("another").addFamily("cf"));
      }
      tool.assertRefused(
          with(store, "--storage.bigtable.table=another"),
          "table another is another than Pallium's: it has the families [cf], not r and s");
    }
  }

  @Test
  void directory() throws Exception {
    Path file = Files.createFile(work.resolve("file"));

    tool.assertRefused(List.of("--storage.filesystem.directory=" + file), file.toString());
    tool.assertRefused(
        List.of("--storage.filesystem.directory=" + file.resolve("below")), file.toString());
  }

  /// Twice: the first time has made nothing.
  private void assertMissingIsRefused(RunningStore store, String words) {
    List<String> flags =
        store.flags().stream().filter(flag -> !flag.contains("create-if-missing")).toList();

    tool.assertRefused(flags, words);
    tool.assertRefused(flags, words);
    tool.assertFine(store.flags());
    tool.assertFine(flags);
  }

  private void assertUnreachableIsRefused(RunningStore store, String section) {
    tool.assertRefused(
        store.flagsBehind(Servers.freePort()), "efused", "the encryption under storage." + section);
  }

  /// With a flag in place of what it was before.
  private static List<String> with(RunningStore store, String flag) {
    String key = flag.substring(0, flag.indexOf('=') + 1);
    return Stream.concat(
            store.flags().stream().filter(other -> !other.startsWith(key)), Stream.of(flag))
        .toList();
  }
}
