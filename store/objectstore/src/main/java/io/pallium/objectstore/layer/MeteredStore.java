package io.pallium.objectstore.layer;

import io.pallium.base.clock.TimeSource;
import io.pallium.objectstore.ObjectRange;
import io.pallium.objectstore.ObjectStore;
import io.pallium.objectstore.StoreException;
import java.util.function.Supplier;

/// Counts and times requests.
public final class MeteredStore extends LayeredStore {
  private static final String SUCCESS = "success";

  private final StoreMetrics metrics;
  private final TimeSource time;

  public MeteredStore(ObjectStore inner, StoreMetrics metrics, TimeSource time) {
    super(inner);
    this.metrics = metrics;
    this.time = time;
  }

  @Override
  <T> T around(Operation operation, String name, long sentBytes, Supplier<T> call) {
    long startNanos = time.nowNanos();
    String outcome = "failed";
    try {
      T answer = call.get();
      outcome = SUCCESS;
      return answer;
    } catch (StoreException e) {
      outcome = StoreMetrics.label(e.kind());
      throw e;
    } finally {
      metrics.observe(operation, outcome, time.nowNanos() - startNanos);
      if (outcome.equals(SUCCESS)) {
        metrics.sent(sentBytes);
      }
    }
  }

  @Override
  public ObjectRange read(String name, long offset, int maxBytes) {
    ObjectRange range = super.read(name, offset, maxBytes);
    metrics.received(range.bytes().length);
    return range;
  }
}
