package io.pallium.objectstore.layer;

import io.pallium.objectstore.Capability;
import io.pallium.objectstore.ListRequest;
import io.pallium.objectstore.ObjectAttributes;
import io.pallium.objectstore.ObjectContent;
import io.pallium.objectstore.ObjectPage;
import io.pallium.objectstore.ObjectRange;
import io.pallium.objectstore.ObjectStore;
import io.pallium.objectstore.PutCondition;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/// A store in front of another, which it closes. What is the same for all operations goes into
/// [#around].
abstract class LayeredStore implements ObjectStore {
  final ObjectStore inner;

  LayeredStore(ObjectStore inner) {
    this.inner = inner;
  }

  /// Makes a call to the inner store.
  ///
  /// @param name the object's name, or the prefix of a listing
  /// @param sentBytes the length of the content of a put, else 0
  <T> T around(Operation operation, String name, long sentBytes, Supplier<T> call) {
    return call.get();
  }

  @Override
  public final Set<Capability> capabilities() {
    return inner.capabilities();
  }

  @Override
  public Optional<String> put(String name, ObjectContent content, PutCondition condition) {
    return around(
        Operation.PUT, name, content.lengthBytes(), () -> inner.put(name, content, condition));
  }

  @Override
  public ObjectRange read(String name, long offset, int maxBytes) {
    return around(Operation.READ, name, 0, () -> inner.read(name, offset, maxBytes));
  }

  @Override
  public ObjectPage list(ListRequest request) {
    return around(Operation.LIST, request.prefix(), 0, () -> inner.list(request));
  }

  @Override
  public void delete(String name) {
    boolean unused =
        around(
            Operation.DELETE,
            name,
            0,
            () -> {
              inner.delete(name);
              return true;
            });
  }

  @Override
  public Optional<ObjectAttributes> attributes(String name) {
    return around(Operation.ATTRIBUTES, name, 0, () -> inner.attributes(name));
  }

  @Override
  public void close() {
    inner.close();
  }
}
