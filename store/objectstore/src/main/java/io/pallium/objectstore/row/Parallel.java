package io.pallium.objectstore.row;

import io.pallium.base.QueryCanceledException;
import io.pallium.base.concurrent.FanOut;
import io.pallium.base.concurrent.FanOutPolicy;
import io.pallium.objectstore.StoreException;
import java.time.Duration;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/// How several requests to a store are made at once.
interface Parallel {
  /// On virtual threads; each request has its own limits of time, this is only the last resort.
  Parallel THREADS = Parallel::fanOut;

  /// Does the task for 0 to `count` - 1 and returns when all are done; fails if one fails.
  void forEach(int count, IntConsumer task);

  private static void fanOut(int count, IntConsumer task) {
    if (count == 1) {
      task.accept(0);
      return;
    }
    List<Integer> indexes = IntStream.range(0, count).boxed().toList();
    try {
      List<Boolean> unused =
          FanOut.call(
              "requests to the store",
              indexes,
              FanOutPolicy.all(Duration.ofHours(1)),
              index -> {
                task.accept(index);
                return true;
              });
    } catch (QueryCanceledException e) {
      throw StoreException.canceled("requests to the store", e);
    }
  }
}
