package io.pallium.dynamodb;

import io.pallium.base.config.DataSize;
import io.pallium.base.config.Doc;
import io.pallium.objectstore.row.SegmentedConfig;

/// A table and how to reach it.
public record DynamoDbConfig(
    @Doc("The table.") String table,
    @Doc("The region of the table.") String region,
    @Doc("The address of what speaks DynamoDB; empty for Amazon's own.") String endpoint,
    @Doc(
            "The access key; empty to take it from the environment, a profile or the machine, as the"
                + " AWS tools do.")
        String accessKeyId,
    @Doc(value = "The secret of the access key.", secret = true) String secretAccessKey,
    @Doc(
            "A file with certificates (PEM) that are trusted instead of the system's; empty for those.")
        String caFile,
    @Doc("The most connections at once.") int maxConnections,
    @Doc("Whether the table is made if it does not exist.") boolean createIfMissing,
    @Doc("Read units per second of a table that is made here; 0 for one that is paid by request.")
        long readUnits,
    @Doc("Write units per second of a table that is made here; 0 for one that is paid by request.")
        long writeUnits,
    @Doc("How objects are kept in items; an item cannot be larger than 400 KB.")
        SegmentedConfig segments) {
  private static final DataSize MAX_SEGMENT_SIZE = DataSize.ofKibibytes(384);

  public DynamoDbConfig {
    if (maxConnections < 1) {
      throw new IllegalArgumentException("max_connections must be positive, was " + maxConnections);
    }
    if (readUnits < 0 || writeUnits < 0 || (readUnits == 0) != (writeUnits == 0)) {
      throw new IllegalArgumentException(
          "write_units goes with read_units, were " + writeUnits + " and " + readUnits);
    }
    if (segments.segmentSize().compareTo(MAX_SEGMENT_SIZE) > 0) {
      throw new IllegalArgumentException(
          "segments must have a segment_size of at most "
              + MAX_SEGMENT_SIZE
              + ", was "
              + segments.segmentSize());
    }
    if (accessKeyId.isEmpty() != secretAccessKey.isEmpty()) {
      throw new IllegalArgumentException("secret_access_key goes with access_key_id");
    }
  }

  public static DynamoDbConfig defaults() {
    return new DynamoDbConfig(
        "pallium",
        "us-east-1",
        "",
        "",
        "",
        "",
        64,
        false,
        0,
        0,
        SegmentedConfig.of(DataSize.ofKibibytes(256)));
  }
}
