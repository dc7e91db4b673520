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
    return filesystem.directory().toString().isEmpty()
        ? directory.resolve("objects")
        : filesystem.directory();
  }

  public static StorageConfig defaults() {
    return new StorageConfig(
        Path.of("./data"),
        StorageBackend.FILESYSTEM,
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
