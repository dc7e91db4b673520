package io.pallium.server.api;

import io.pallium.base.LimitExceededException;
import io.pallium.base.QueryCanceledException;
import io.pallium.base.QueryTimeoutException;
import io.pallium.storage.QueryControl;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// Bounds how many queries run at once and how many wait. Fair; thread-safe; callers wait on
/// virtual threads.
final class QueryGate {
  private static final String CANCELED = "query was canceled in query queue";

  private final Semaphore running;
  private final int maxRunning;
  private final int maxWaiting;
  private final AtomicInteger waiting = new AtomicInteger();

  QueryGate(int maxRunning, int maxWaiting) {
    this.running = new Semaphore(maxRunning, true);
    this.maxRunning = maxRunning;
    this.maxWaiting = maxWaiting;
  }

  /// Waits for a place, at most as long as the query has.
  ///
  /// @throws LimitExceededException (rate kind) if too many wait already
  /// @throws QueryTimeoutException if no place came free in time
  void enter(QueryControl control) {
    if (hasPlace()) {
      return;
    }
    if (waiting.incrementAndGet() > maxWaiting) {
      waiting.decrementAndGet();
      throw LimitExceededException.rate(
          "too many outstanding requests: "
              + maxRunning
              + " queries run and "
              + maxWaiting
              + " wait (querier.max-concurrent, querier.max-waiting)",
          Duration.ofSeconds(1));
    }
    try (Wait wait = new Wait(Thread.currentThread())) {
      control.onCancel(wait::interrupt);
      if (!running.tryAcquire(control.remaining().toNanos(), TimeUnit.NANOSECONDS)) {
        throw new QueryTimeoutException(
            "query timed out in query queue: no place came free in time");
      }
    } catch (InterruptedException e) {
      throw new QueryCanceledException(CANCELED, e);
    } finally {
      waiting.decrementAndGet();
    }
  }

  /// Takes a place if one is free and nobody waits for it.
  private boolean hasPlace() {
    try {
      // Without a time, it would go before those that wait.
      return running.tryAcquire(0, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new QueryCanceledException(CANCELED, e);
    }
  }

  /// Gives the place back.
  void leave() {
    running.release();
  }

  int waitingCount() {
    return waiting.get();
  }

  int runningCount() {
    return maxRunning - running.availablePermits();
  }

  /// Lets a cancellation end a wait, and nothing that the thread does after it.
  private static final class Wait implements AutoCloseable {
    private final Thread thread;
    private boolean isOver;

    Wait(Thread thread) {
      this.thread = thread;
    }

    synchronized void interrupt() {
      if (!isOver) {
        thread.interrupt();
      }
    }

    @Override
    public synchronized void close() {
      isOver = true;
      var _ = Thread.interrupted();
    }
  }
}
