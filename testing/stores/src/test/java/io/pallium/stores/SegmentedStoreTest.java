package io.pallium.stores;

import io.pallium.base.clock.TimeSource;
import io.pallium.base.config.DataSize;
import io.pallium.objectstore.ObjectStore;
import io.pallium.objectstore.Retries;
import io.pallium.objectstore.RetryConfig;
import io.pallium.objectstore.row.MemoryRowStore;
import io.pallium.objectstore.row.SegmentedConfig;
import io.pallium.objectstore.row.SegmentedObjectStore;

/// Objects in rows keep the contract, on rows in memory.
class SegmentedStoreTest extends ObjectStoreContract {
  private final SegmentedObjectStore segmented =
      new SegmentedObjectStore(
          new MemoryRowStore(),
          SegmentedConfig.of(DataSize.ofKibibytes(64)),
          new Retries(RetryConfig.defaults()),
          TimeSource.SYSTEM);

  @Override
  ObjectStore opened() {
    return segmented;
  }
}
