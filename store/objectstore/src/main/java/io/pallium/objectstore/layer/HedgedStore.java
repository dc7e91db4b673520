package io.pallium.objectstore.layer;

import io.pallium.base.concurrent.FanOut;
import io.pallium.base.concurrent.FanOutPolicy;
import io.pallium.objectstore.ObjectRange;
import io.pallium.objectstore.ObjectStore;
import io.pallium.objectstore.StoreException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Asks a second time for a range that takes longer than most do, and takes the answer that comes
/// first.
public final class HedgedStore extends LayeredStore {
  private final Duration hedgeAfter;
  private final Duration timeout;

  /// @param hedgeAfter when the second request is made, more than zero
  /// @param timeout when both are given up
  public HedgedStore(ObjectStore inner, Duration hedgeAfter, Duration timeout) {
    super(inner);
    this.hedgeAfter = hedgeAfter;
    this.timeout = timeout;
  }

  /// An answer, or a failure: to fail is an answer too, and nothing is gained by asking again at
  /// once.
  private record Outcome(@Nullable ObjectRange range, @Nullable StoreException failure) {}

  @Override
  public ObjectRange read(String name, long offset, int maxBytes) {
    Outcome outcome =
        FanOut.call(
                "read " + name,
                List.of(inner, inner),
                FanOutPolicy.hedged(1, hedgeAfter, timeout),
                store -> outcome(store, name, offset, maxBytes))
            .getFirst();
    if (outcome.failure != null) {
      throw outcome.failure;
    }
    if (outcome.range == null) {
      throw new AssertionError("BUG: neither an answer nor a failure");
    }
    return outcome.range;
  }

  private static Outcome outcome(ObjectStore store, String name, long offset, int maxBytes) {
    try {
      return new Outcome(store.read(name, offset, maxBytes), null);
    } catch (StoreException e) {
      return new Outcome(null, e);
    }
  }
}
