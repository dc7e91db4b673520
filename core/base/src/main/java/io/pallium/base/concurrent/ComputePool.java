package io.pallium.base.concurrent;

import io.pallium.base.UnavailableException;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/// Platform threads for computing, with a bounded queue: what does not fit is refused at once, so
/// that work never piles up unseen. Thread-safe.
public final class ComputePool implements AutoCloseable {
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

  private final Duration closeTimeout;
  private final String name;
  private final int queueCapacity;
  private final ThreadPoolExecutor executor;
  private final LongAdder rejected = new LongAdder();

  /// @param name for threads and errors
  /// @param threads how many tasks run at once, at least 1
  /// @param queueCapacity how many more may wait, at least 1
  public ComputePool(String name, int threads, int queueCapacity) {
    this(name, threads, queueCapacity, CLOSE_TIMEOUT);
  }

  ComputePool(String name, int threads, int queueCapacity, Duration closeTimeout) {
    this.closeTimeout = closeTimeout;
    this.name = name;
    this.queueCapacity = queueCapacity;
    this.executor =
        new ThreadPoolExecutor(
            threads,
            threads,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(queueCapacity),
            Thread.ofPlatform().name(name + "-", 0).daemon().factory());
  }

  /// Runs a task as soon as a thread is free. What it throws completes the future exceptionally. A
  /// future that is cancelled before its task began keeps it from running.
  ///
  /// @throws UnavailableException if the queue is full or the pool closed
  public <R> CompletableFuture<R> submit(Callable<R> task) {
    Task<R> accepted = new Task<>(task, new CompletableFuture<>());
    try {
      executor.execute(accepted);
    } catch (RejectedExecutionException e) {
      rejected.increment();
      throw refused(e);
    }
    return accepted.future();
  }

  private record Task<R>(Callable<R> work, CompletableFuture<R> future) implements Runnable {
    @Override
    public void run() {
      if (future.isDone()) {
        return;
      }
      try {
        future.complete(work.call());
      } catch (Throwable e) {
        future.completeExceptionally(e);
      }
    }
  }

  private UnavailableException refused(RejectedExecutionException cause) {
    String reason =
        executor.isShutdown()
            ? name + " is closed"
            : name + " has no room: " + queueCapacity + " tasks wait, the most allowed";
    return new UnavailableException(reason, cause);
  }

  /// How many tasks run now.
  public int active() {
    return executor.getActiveCount();
  }

  /// How many tasks wait now.
  public int queued() {
    return executor.getQueue().size();
  }

  /// How many tasks were refused since the start.
  public long rejected() {
    return rejected.sum();
  }

  /// Takes no more tasks and gives those it has five seconds; then running ones are interrupted and
  /// waiting ones fail as unavailable.
  @Override
  public void close() {
    executor.shutdown();
    try {
      if (executor.awaitTermination(closeTimeout.toNanos(), TimeUnit.NANOSECONDS)) {
        return;
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    for (Runnable waiting : executor.shutdownNow()) {
      ((Task<?>) waiting)
          .future()
          .completeExceptionally(new UnavailableException(name + " is closed"));
    }
  }
}
