package io.pallium.server.api;

import io.pallium.base.LimitExceededException;
import io.pallium.base.QueryCanceledException;
import io.pallium.base.QueryTimeoutException;
import io.pallium.base.clock.TimeSource;
import io.pallium.storage.QueryControl;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Bounds how many queries run at once and how many wait, and lets short ones go first: a query
/// that needs little is answered in about its usual time, whatever long ones do.
///
/// A query is short for the first 25 ms that it runs; short ones take turns on the processors,
/// since virtual threads are not interrupted. After that it needs a place for long ones, which are
/// three of four; if none is free, it gives its own back and waits with what it has computed. While
/// a short query is there, and a moment longer since one seldom comes alone, long ones pause
/// between two pieces of work, but not in every fourth slot of time, so that they get on as well.
///
/// Thread-safe; queries wait on virtual threads.
final class QueryGate {
  private static final String CANCELED = "query was canceled in query queue";
  private static final long SHORT_NANOS = Duration.ofMillis(25).toNanos();
  private static final long TURN_NANOS = Duration.ofMillis(1).toNanos();
  private static final long MOMENT_NANOS = Duration.ofMillis(2).toNanos();
  private static final long SLOT_NANOS = Duration.ofMillis(16).toNanos();
  private static final int SLOTS = 4;

  private final int maxRunning;
  private final int maxWaiting;
  private final TimeSource time;
  private final Semaphore running;
  private final Semaphore runningLong;
  private final AtomicInteger waiting = new AtomicInteger();
  private final AtomicInteger shortOnes = new AtomicInteger();

  /// Until when long queries pause: bounded from the start, since a client that does not read its
  /// answer can keep a short one here for long.
  private final AtomicLong shortUntilNanos = new AtomicLong();

  QueryGate(int maxRunning, int maxWaiting, TimeSource time) {
    this.maxRunning = maxRunning;
    this.maxWaiting = maxWaiting;
    this.time = time;
    this.running = new Semaphore(maxRunning, true);
    this.runningLong = new Semaphore(maxRunning - maxRunning / 4, true);
    shortUntilNanos.set(time.nowNanos());
  }

  /// Announces a query, which long ones give way to from now on.
  Visit arrive(QueryControl control) {
    Visit visit = new Visit(control);
    control.paceWith(visit::giveWay);
    shortOnes.incrementAndGet();
    extendPause();
    return visit;
  }

  int waitingCount() {
    return waiting.get();
  }

  int runningCount() {
    return maxRunning - running.availablePermits();
  }

  /// Takes a place if one is free and nobody waits for it.
  private static boolean isFree(Semaphore places) {
    try {
      // Without a time, it would go before those that wait.
      return places.tryAcquire(0, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new QueryCanceledException(CANCELED, e);
    }
  }

  private void extendPause() {
    long untilNanos = time.nowNanos() + SHORT_NANOS;
    shortUntilNanos.accumulateAndGet(untilNanos, (a, b) -> a - b > 0 ? a : b);
  }

  /// @param momentNanos how long to wait for another short query
  private void removeShort(long momentNanos) {
    if (shortOnes.decrementAndGet() == 0) {
      shortUntilNanos.set(time.nowNanos() + momentNanos);
      if (shortOnes.get() > 0) {
        extendPause();
      }
    }
  }

  /// Waits while short queries go first and this slot of time is theirs. It looks again and again
  /// instead of being told, so that the end of a short query wakes nobody before the next one.
  private void pause() {
    try {
      for (long nanos = pauseNanos(); nanos > 0; nanos = pauseNanos()) {
        TimeUnit.NANOSECONDS.sleep(Math.min(nanos, MOMENT_NANOS));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private long pauseNanos() {
    long nowNanos = time.nowNanos();
    long slot = Math.floorMod(Math.floorDiv(nowNanos, SLOT_NANOS), SLOTS);
    if (slot == SLOTS - 1) {
      return 0;
    }
    long untilSlotNanos = (SLOTS - 1 - slot) * SLOT_NANOS - Math.floorMod(nowNanos, SLOT_NANOS);
    return Math.min(untilSlotNanos, shortUntilNanos.get() - nowNanos);
  }

  /// One query between its arrival and its end.
  final class Visit implements AutoCloseable {
    private final QueryControl control;
    private volatile boolean isLong;
    private volatile @Nullable Thread thread;
    private volatile long startNanos;
    private long turnNanos;
    private boolean hasPlace;
    private boolean hasLongPlace;

    private Visit(QueryControl control) {
      this.control = control;
    }

    /// Waits for a place, at most as long as the query has. Called by the query's thread.
    ///
    /// @throws LimitExceededException (rate kind) if too many wait already
    /// @throws QueryTimeoutException if no place came free in time
    void enter() {
      thread = Thread.currentThread();
      if (!isFree(running)) {
        if (waiting.get() >= maxWaiting) {
          throw LimitExceededException.rate(
              "too many outstanding requests: "
                  + maxRunning
                  + " queries run and "
                  + maxWaiting
                  + " wait (querier.max-concurrent, querier.max-waiting)",
              Duration.ofSeconds(1));
        }
        acquire(running);
      }
      hasPlace = true;
      startNanos = time.nowNanos();
      turnNanos = startNanos;
      extendPause();
    }

    /// Called between two pieces of work, by any thread that works for the query.
    private void giveWay() {
      if (isLong) {
        pause();
      } else if (Thread.currentThread() == thread) {
        takeTurns(time.nowNanos());
      }
    }

    // A virtual thread keeps its processor until it waits or yields.
    @SuppressWarnings("ThreadPriorityCheck")
    private void takeTurns(long nowNanos) {
      if (nowNanos - startNanos > SHORT_NANOS) {
        becomeLong();
      } else if (nowNanos - turnNanos > TURN_NANOS) {
        Thread.yield();
        turnNanos = time.nowNanos();
      }
    }

    private void becomeLong() {
      isLong = true;
      removeShort(0);
      if (!isFree(runningLong)) {
        hasPlace = false;
        running.release();
        acquire(runningLong);
        hasLongPlace = true;
        acquire(running);
        hasPlace = true;
      }
      hasLongPlace = true;
    }

    private void acquire(Semaphore places) {
      waiting.incrementAndGet();
      try (Wait wait = new Wait(Thread.currentThread())) {
        control.onCancel(wait::interrupt);
        if (!places.tryAcquire(control.remaining().toNanos(), TimeUnit.NANOSECONDS)) {
          throw new QueryTimeoutException(
              "query timed out in query queue: no place came free in time");
        }
      } catch (InterruptedException e) {
        throw new QueryCanceledException(CANCELED, e);
      } finally {
        waiting.decrementAndGet();
      }
    }

    /// Gives the places back.
    @Override
    public void close() {
      if (!isLong) {
        removeShort(MOMENT_NANOS);
      }
      if (hasLongPlace) {
        runningLong.release();
      }
      if (hasPlace) {
        running.release();
      }
    }
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
