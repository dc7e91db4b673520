package io.pallium.azure;

import io.pallium.base.config.DataSize;
import io.pallium.base.config.Doc;
import java.util.stream.Stream;

/// A container and how to reach it.
public record AzureConfig(
    @Doc("The container.") String container,
    @Doc("The storage account.") String account,
    @Doc(
            value = "The key of the account; empty if there is a sas_token or a connection_string.",
            secret = true)
        String accountKey,
    @Doc(value = "A shared access signature in place of the key.", secret = true) String sasToken,
    @Doc(
            value = "A connection string in place of account, key or signature, and endpoint.",
            secret = true)
        String connectionString,
    @Doc(
            "The address of the account, such as `https://account.blob.core.windows.net`; empty for"
                + " just that.")
        String endpoint,
    @Doc("Larger objects are sent in blocks of this size, which is held in memory.")
        DataSize blockSize,
    @Doc("Whether the container is made if it does not exist.") boolean createIfMissing) {
  public AzureConfig {
    if (blockSize.bytes() < 1 || blockSize.bytes() > 1 << 30) {
      throw new IllegalArgumentException("block_size must be 1B to 1GiB, was " + blockSize);
    }
    if (Stream.of(accountKey, sasToken, connectionString).filter(key -> !key.isEmpty()).count()
        > 1) {
      throw new IllegalArgumentException(
          "connection_string, sas_token and account_key exclude each other");
    }
  }

  public static AzureConfig defaults() {
    return new AzureConfig("", "", "", "", "", "", DataSize.ofMebibytes(8), false);
  }
}
