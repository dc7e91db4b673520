package io.pallium.stores;

import java.nio.file.Path;
import java.util.function.Supplier;

/// The stores.
enum StoreKind {
  S3,
  GCS,
  AZURE,
  CASSANDRA,
  DYNAMODB,
  BIGTABLE,
  FILESYSTEM;

  /// What its driver speaks.
  Supplier<RequestFinder> protocol() {
    return switch (this) {
      case CASSANDRA -> RequestFinder::cassandra;
      case BIGTABLE -> RequestFinder::http2;
      case S3, GCS, AZURE, DYNAMODB -> RequestFinder::http1;
      case FILESYSTEM -> RequestFinder::none;
    };
  }

  RunningStore start(Path work) throws Exception {
    return switch (this) {
      case S3 -> RunningStore.s3(work);
      case GCS -> RunningStore.gcs(work);
      case AZURE -> RunningStore.azure(work);
      case CASSANDRA -> RunningStore.cassandra(work);
      case DYNAMODB -> RunningStore.dynamodb(work);
      case BIGTABLE -> RunningStore.bigtable(work);
      case FILESYSTEM -> throw new AssertionError("has no server");
    };
  }
}
