package io.pallium.objectstore.layer;

import io.pallium.objectstore.ObjectAttributes;
import io.pallium.objectstore.ObjectContent;
import io.pallium.objectstore.ObjectStore;
import io.pallium.objectstore.PutCondition;
import io.pallium.objectstore.Retries;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/// Gives each request its time, and tries it again if that can help.
///
/// A conditional put may have taken place although its answer was lost; its next try is refused
/// then. So if another than the first try is refused, and only then, what is stored is compared
/// with what was to be stored, and counts as success if it is the same.
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
    AtomicInteger tries = new AtomicInteger();
    Optional<String> version =
        around(
            Operation.PUT,
            name,
            content.lengthBytes(),
            () -> {
              tries.incrementAndGet();
              return inner.put(name, content, condition);
            });
    return version.isPresent() || tries.get() == 1 ? version : versionOf(name, content);
  }

  /// The version of an object if it has these bytes. It is looked at before and after: they are not
  /// to be another's who came in between.
  private Optional<String> versionOf(String name, ObjectContent content) {
    while (true) {
      Optional<String> before = attributes(name).map(ObjectAttributes::version);
      if (before.isEmpty() || !holds(name, content)) {
        return Optional.empty();
      }
      if (attributes(name).map(ObjectAttributes::version).equals(before)) {
        return before;
      }
    }
  }
}
