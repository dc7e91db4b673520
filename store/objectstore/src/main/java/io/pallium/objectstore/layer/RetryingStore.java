package io.pallium.objectstore.layer;

import io.pallium.objectstore.ObjectAttributes;
import io.pallium.objectstore.ObjectContent;
import io.pallium.objectstore.ObjectStore;
import io.pallium.objectstore.PutCondition;
import io.pallium.objectstore.Retries;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/// Gives each request its time, and tries it again if that can help.
///
/// A conditional put may have taken place although its answer was lost; its next try is refused
/// then. In that case, and only then, what is stored is compared with what was to be stored, and
/// counts as success if it is the same.
public final class RetryingStore extends LayeredStore {
  private final Retries retries;

  public RetryingStore(ObjectStore inner, Retries retries) {
    super(inner);
    this.retries = retries;
  }

  @Override
  <T> T around(Operation operation, String name, long sentBytes, Supplier<T> call) {
    return retries.call(operation + " " + name, sentBytes, call);
  }

  @Override
  public Optional<String> put(String name, ObjectContent content, PutCondition condition) {
    AtomicBoolean isUnknown = new AtomicBoolean();
    Optional<String> version =
        around(
            Operation.PUT,
            name,
            content.lengthBytes(),
            () -> {
              boolean wasUnknown = isUnknown.getAndSet(true);
              Optional<String> answer = inner.put(name, content, condition);
              isUnknown.set(wasUnknown);
              return answer;
            });
    if (version.isPresent() || !isUnknown.get()) {
      return version;
    }
    return holds(name, content)
        ? attributes(name).map(ObjectAttributes::version)
        : Optional.empty();
  }
}
