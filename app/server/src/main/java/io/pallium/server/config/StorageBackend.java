package io.pallium.server.config;

/// Which store for objects is used.
public enum StorageBackend {
  FILESYSTEM,
  S3,
  GCS,
  AZURE,
  CASSANDRA,
  DYNAMODB,
  BIGTABLE
}
