package io.pallium.tsdb;

import io.pallium.base.concurrent.ThreadEnd;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Does something again and again on a thread of its own, until it is closed. What is done asks
/// [#isClosing] and ends early, and waits by [#await] alone.
final class Rounds implements AutoCloseable {
  private final String name;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition closing = lock.newCondition();
  private volatile boolean isClosing;
  private @Nullable Thread thread;

  /// @param name of the thread
  Rounds(String name) {
    this.name = name;
  }

  /// @param interval between the end of a round and the next; zero for no rounds
  /// @param round must not throw
  void start(Duration interval, Runnable round) {
    if (!interval.isZero()) {
      thread =
          Thread.ofPlatform()
              .name(name)
              .daemon(true)
              .start(
                  () -> {
                    while (await(interval.toNanos())) {
                      round.run();
                    }
                  });
    }
  }

  boolean isClosing() {
    return isClosing;
  }

  /// Waits for a time, or until the end.
  ///
  /// @return false at the end
  boolean await(long nanos) {
    long leftNanos = nanos;
    lock.lock();
    try {
      while (!isClosing && leftNanos > 0) {
        leftNanos = closing.awaitNanos(leftNanos);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      isClosing = true;
    } finally {
      lock.unlock();
    }
    return !isClosing;
  }

  /// Begins no further round, and waits for the one that runs.
  @Override
  public void close() {
    isClosing = true;
    lock.lock();
    try {
      closing.signalAll();
    } finally {
      lock.unlock();
    }
    Thread running = thread;
    if (running != null) {
      ThreadEnd.await(running);
    }
  }
}
