package io.pallium.stores;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.function.IntConsumer;

/// The same on several threads, begun at one moment. On platform threads: readers of files that
/// never wait would keep virtual ones from their turn.
final class Parallel {
  private Parallel() {}

  /// Returns when all have ended; fails if one did.
  static void run(int threads, IntConsumer task) {
    CountDownLatch start = new CountDownLatch(1);
    List<FutureTask<Boolean>> running = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      int index = i;
      FutureTask<Boolean> one =
          new FutureTask<>(
              () -> {
                start.await();
                task.accept(index);
                return true;
              });
      running.add(one);
      Thread.ofPlatform().start(one);
    }
    start.countDown();
    for (FutureTask<Boolean> one : running) {
      try {
        one.get();
      } catch (Exception e) {
        throw new AssertionError("a thread failed: " + e.getCause(), e);
      }
    }
  }
}
