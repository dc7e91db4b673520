package io.pallium.gcs;

import io.pallium.base.config.DataSize;
import io.pallium.base.config.Doc;

/// A bucket and how to reach it.
public record GcsConfig(
    @Doc("The bucket.") String bucket,
    @Doc("The Google Cloud project; needed only to make the bucket.") String project,
    @Doc(
            "A file with the key of a service account (JSON); empty to take what the machine has, as"
                + " Google's tools do.")
        String credentialsFile,
    @Doc(
            "The address of what speaks like Cloud Storage, without credentials; empty for Google's"
                + " own.")
        String endpoint,
    @Doc("Larger objects are sent in pieces of this size, which is held in memory.")
        DataSize pieceSize,
    @Doc("Whether the bucket is made if it does not exist.") boolean createIfMissing) {
  private static final int STEP_BYTES = 256 << 10;

  public GcsConfig {
    if (pieceSize.bytes() < STEP_BYTES
        || pieceSize.bytes() % STEP_BYTES != 0
        || pieceSize.bytes() > 1 << 30) {
      throw new IllegalArgumentException(
          "piece_size must be a multiple of 256KiB up to 1GiB, was " + pieceSize);
    }
  }

  public static GcsConfig defaults() {
    return new GcsConfig("", "", "", "", DataSize.ofMebibytes(8), false);
  }
}
