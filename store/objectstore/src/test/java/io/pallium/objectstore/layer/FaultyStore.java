package io.pallium.objectstore.layer;

import io.pallium.objectstore.MemoryStore;
import io.pallium.objectstore.StoreException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.function.Supplier;

/// A store in memory that fails as planned.
final class FaultyStore extends LayeredStore {
  /// What happens to one request.
  enum Fault {
    NONE,
    /// It does not arrive.
    LOST_REQUEST,
    /// It takes place, and nobody is told.
    LOST_ANSWER
  }

  final List<Operation> requests = Collections.synchronizedList(new ArrayList<>());
  private final Deque<Fault> faults = new ArrayDeque<>();

  FaultyStore() {
    super(new MemoryStore());
  }

  /// The next requests go like this, those after them well.
  FaultyStore plan(Fault... next) {
    faults.addAll(List.of(next));
    return this;
  }

  @Override
  <T> T around(Operation operation, String name, long sentBytes, Supplier<T> call) {
    requests.add(operation);
    Fault fault = faults.isEmpty() ? Fault.NONE : faults.removeFirst();
    if (fault == Fault.LOST_REQUEST) {
      throw new StoreException(StoreException.Kind.UNAVAILABLE, "planted");
    }
    T answer = call.get();
    if (fault == Fault.LOST_ANSWER) {
      throw new StoreException(StoreException.Kind.UNAVAILABLE, "planted");
    }
    return answer;
  }
}
