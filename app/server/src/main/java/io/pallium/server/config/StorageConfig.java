package io.pallium.server.config;

import io.pallium.azure.AzureConfig;
import io.pallium.base.config.Doc;
import io.pallium.bigtable.BigtableConfig;
import io.pallium.cassandra.CassandraConfig;
import io.pallium.dynamodb.DynamoDbConfig;
import io.pallium.gcs.GcsConfig;
import io.pallium.objectstore.RetryConfig;
import io.pallium.s3.S3Config;
import java.nio.file.Path;
import java.time.Duration;

/// Where data is kept.
public record StorageConfig(
    @Doc("The directory that holds the log and the blocks; made if it is not there.")
        Path directory,
    @Doc(
            "The store for objects, where blocks are kept: `filesystem`, `s3`,"
                + " `gcs`, `azure`, `cassandra`, `dynamodb` or `bigtable`. Only its section below is"
                + " looked at.")
        StorageBackend backend,
    @Doc("A folder of the store that everything is kept in; empty for all of the store.")
        String prefix,
    @Doc(
            "The id of a store that blocks of this directory were shipped to and that is not used any"
                + " more: queries go on without what only that one has, and what is still here is"
                + " shipped again. A start that is refused says the id.")
        String forgottenStore,
    @Doc("The most requests to the store at once; further ones wait.") int maxRequests,
    @Doc("After this time a range is asked for a second time; 0 to wait for the first answer.")
        Duration hedgeAfter,
    @Doc("How often and how long requests to the store are tried.") RetryConfig retries,
    @Doc("A directory.") FilesystemConfig filesystem,
    @Doc("A bucket of Amazon S3 or of what speaks like it.") S3Config s3,
    @Doc("A bucket of Google Cloud Storage.") GcsConfig gcs,
    @Doc("A container of Azure Blob Storage.") AzureConfig azure,
    @Doc("A keyspace of Apache Cassandra.") CassandraConfig cassandra,
    @Doc("A table of Amazon DynamoDB.") DynamoDbConfig dynamodb,
    @Doc("A table of Google Bigtable.") BigtableConfig bigtable) {
  public StorageConfig {
    if (maxRequests < 1) {
      throw new IllegalArgumentException("max_requests must be positive, was " + maxRequests);
    }
    if (hedgeAfter.isNegative()) {
      throw new IllegalArgumentException("hedge_after must not be negative, was " + hedgeAfter);
    }
  }

  /// Where the store `filesystem` lies.
  public Path objects() {
    return isOwnStore() ? directory.resolve("objects") : filesystem.directory();
  }

  /// Whether the store lies in the process's own directory: others know nothing of it.
  public boolean isOwnStore() {
    return backend == StorageBackend.FILESYSTEM && filesystem.directory().toString().isEmpty();
  }

  /// Where the store is, for people.
  public String location() {
    String where =
        switch (backend) {
          case FILESYSTEM -> "directory " + objects().toAbsolutePath().normalize();
          case S3 -> "S3 bucket " + s3.bucket() + at(s3.endpoint());
          case GCS -> "Cloud Storage bucket " + gcs.bucket() + at(gcs.endpoint());
          case AZURE ->
              "Azure container " + azure.account() + "/" + azure.container() + at(azure.endpoint());
          case CASSANDRA ->
              "Cassandra keyspace "
                  + cassandra.keyspace()
                  + at(cassandra.contactPoints().toString());
          case DYNAMODB -> "DynamoDB table " + dynamodb.table() + at(dynamodb.endpoint());
          case BIGTABLE ->
              "Bigtable table "
                  + bigtable.project()
                  + "/"
                  + bigtable.instance()
                  + "/"
                  + bigtable.table()
                  + at(bigtable.emulator());
        };
    return prefix.isEmpty() ? where : where + ", folder " + prefix;
  }

  private static String at(String address) {
    return address.isEmpty() ? "" : " at " + address;
  }

  public static StorageConfig defaults() {
    return new StorageConfig(
        Path.of("./data"),
        StorageBackend.FILESYSTEM,
        "",
        "",
        64,
        Duration.ZERO,
        RetryConfig.defaults(),
        FilesystemConfig.defaults(),
        S3Config.defaults(),
        GcsConfig.defaults(),
        AzureConfig.defaults(),
        CassandraConfig.defaults(),
        DynamoDbConfig.defaults(),
        BigtableConfig.defaults());
  }
}
