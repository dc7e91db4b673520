package io.pallium.s3;

import io.pallium.base.config.DataSize;
import io.pallium.base.config.Doc;

/// A bucket and how to reach it.
public record S3Config(
    @Doc("The bucket.") String bucket,
    @Doc("The region of the bucket.") String region,
    @Doc(
            "The address of what speaks S3, such as `https://minio.example:9000`; empty for Amazon's"
                + " own.")
        String endpoint,
    @Doc("Whether the bucket stands in the path of addresses and not in the host name.")
        boolean pathStyle,
    @Doc(
            "The access key; empty to take it from the environment, a profile or the machine, as the"
                + " AWS tools do.")
        String accessKeyId,
    @Doc(value = "The secret of the access key.", secret = true) String secretAccessKey,
    @Doc("How the bucket is asked to encrypt: `none`, `sse_s3` or `sse_kms`.")
        Encryption encryption,
    @Doc("The key for `sse_kms`; empty for the bucket's default.") String kmsKeyId,
    @Doc(
            "A file with certificates (PEM) that are trusted instead of the system's; empty for those.")
        String caFile,
    @Doc("Larger objects are sent in parts of this size, which is held in memory; at least 5MiB.")
        DataSize partSize,
    @Doc("The most connections at once.") int maxConnections,
    @Doc("Whether the bucket is made if it does not exist.") boolean createIfMissing) {
  private static final DataSize MIN_PART_SIZE = DataSize.ofMebibytes(5);

  public S3Config {
    if (partSize.compareTo(MIN_PART_SIZE) < 0 || partSize.bytes() > 1 << 30) {
      throw new IllegalArgumentException("part_size must be 5MiB to 1GiB, was " + partSize);
    }
    if (maxConnections < 1) {
      throw new IllegalArgumentException("max_connections must be positive, was " + maxConnections);
    }
    if (accessKeyId.isEmpty() != secretAccessKey.isEmpty()) {
      throw new IllegalArgumentException("secret_access_key goes with access_key_id");
    }
  }

  public static S3Config defaults() {
    return new S3Config(
        "",
        "us-east-1",
        "",
        false,
        "",
        "",
        Encryption.NONE,
        "",
        "",
        DataSize.ofMebibytes(8),
        64,
        false);
  }
}
