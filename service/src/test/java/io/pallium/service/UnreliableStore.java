package io.pallium.service;

import io.pallium.objectstore.Capability;
import io.pallium.objectstore.ListRequest;
import io.pallium.objectstore.ObjectAttributes;
import io.pallium.objectstore.ObjectContent;
import io.pallium.objectstore.ObjectPage;
import io.pallium.objectstore.ObjectRange;
import io.pallium.objectstore.ObjectStore;
import io.pallium.objectstore.PutCondition;
import io.pallium.objectstore.StoreException;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/// A store that fails from some call on, until it is mended. Of the call at which it begins to fail
/// nobody knows whether it took place.
final class UnreliableStore implements ObjectStore {
  private final ObjectStore inner;
  private boolean isFailing;
  private int goodCalls = Integer.MAX_VALUE;
  private boolean isLastDone;

  UnreliableStore(ObjectStore inner) {
    this.inner = inner;
  }

  /// Lets some more calls succeed, and none after them.
  ///
  /// @param isLastCallDone whether the first call that fails takes place all the same
  synchronized void failAfter(int calls, boolean isLastCallDone) {
    goodCalls = calls;
    isLastDone = isLastCallDone;
  }

  synchronized void mend() {
    isFailing = false;
    goodCalls = Integer.MAX_VALUE;
  }

  private synchronized <T> T call(Supplier<T> call) {
    if (!isFailing && goodCalls-- > 0) {
      return call.get();
    }
    if (!isFailing && isLastDone) {
      T unused = call.get();
    }
    isFailing = true;
    throw new StoreException(StoreException.Kind.UNAVAILABLE, "the store fails, as it was told to");
  }

  @Override
  public Set<Capability> capabilities() {
    return inner.capabilities();
  }

  @Override
  public Optional<String> put(String name, ObjectContent content, PutCondition condition) {
    return call(() -> inner.put(name, content, condition));
  }

  @Override
  public ObjectRange read(String name, long offset, int maxBytes) {
    return call(() -> inner.read(name, offset, maxBytes));
  }

  @Override
  public ObjectPage list(ListRequest request) {
    return call(() -> inner.list(request));
  }

  @Override
  public void delete(String name) {
    boolean unused =
        call(
            () -> {
              inner.delete(name);
              return true;
            });
  }

  @Override
  public Optional<ObjectAttributes> attributes(String name) {
    return call(() -> inner.attributes(name));
  }

  @Override
  public void close() {
    inner.close();
  }
}
