package io.pallium.stores;

import io.pallium.objectstore.MemoryStore;
import io.pallium.objectstore.ObjectStore;

class MemoryStoreTest extends ObjectStoreContract {
  private final MemoryStore memory = new MemoryStore();

  @Override
  ObjectStore opened() {
    return memory;
  }
}
