package io.pallium.objectstore.layer;

import io.pallium.objectstore.ObjectStore;
import io.pallium.objectstore.StoreException;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/// Lets only so many requests run at once; further ones wait for their turn, in order.
public final class BoundedStore extends LayeredStore {
  private final Semaphore places;

  /// @param maxRequests at least 1
  public BoundedStore(ObjectStore inner, int maxRequests) {
    super(inner);
    this.places = new Semaphore(maxRequests, true);
  }

  @Override
  <T> T around(Operation operation, String name, long sentBytes, Supplier<T> call) {
    try {
      places.acquire();
    } catch (InterruptedException e) {
      throw StoreException.canceled(operation + " " + name, e);
    }
    try {
      return call.get();
    } finally {
      places.release();
    }
  }
}
