package io.pallium.objectstore;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Tries a request to a store until it succeeds, fails for good, or was tried often enough: each
/// try on a virtual thread that is interrupted when its time is over, with growing pauses between
/// tries. Thread-safe.
public final class Retries {
  private static final long BYTES_PER_SECOND = 256 << 10;

  private final RetryConfig config;
  private final Pause pause;
  private final boolean isTimed;
  private final RandomGenerator random;

  private Retries(RetryConfig config, Pause pause, boolean isTimed, RandomGenerator random) {
    this.config = config;
    this.pause = pause;
    this.isTimed = isTimed;
    this.random = random;
  }

  public Retries(RetryConfig config) {
    this(config, Pause.REAL, true, RandomGenerator.of("L64X128MixRandom"));
  }

  /// Without limits of time, on the calling thread: for tests that have a time of their own.
  public static Retries untimed(RetryConfig config, Pause pause, RandomGenerator random) {
    return new Retries(config, pause, false, random);
  }

  /// @param what the request, for errors
  /// @param payloadBytes how much it sends, for the time that it may take
  public <T> T call(String what, long payloadBytes, Supplier<T> request) {
    Duration timeout =
        config.attemptTimeout().plusSeconds(Math.ceilDiv(payloadBytes, BYTES_PER_SECOND));
    for (int attempt = 1; ; attempt++) {
      try {
        return isTimed ? within(timeout, what, request) : request.get();
      } catch (StoreException e) {
        if (!e.isRetryable()) {
          throw e;
        }
        if (attempt == config.maxAttempts()) {
          throw attempt == 1
              ? e
              : new StoreException(e.kind(), e.getMessage() + " (tried " + attempt + " times)", e);
        }
      }
      waitBefore(attempt, what);
    }
  }

  private void waitBefore(int attempt, String what) {
    long nanos = config.minBackoff().toNanos();
    for (int i = 1; i < attempt && nanos < config.maxBackoff().toNanos(); i++) {
      nanos *= 2;
    }
    nanos = Math.min(nanos, config.maxBackoff().toNanos());
    synchronized (random) {
      nanos -= random.nextLong(nanos / 2 + 1);
    }
    try {
      pause.pause(Duration.ofNanos(nanos));
    } catch (InterruptedException e) {
      throw StoreException.canceled(what, e);
    }
  }

  private static <T> T within(Duration timeout, String what, Supplier<T> request) {
    FutureTask<T> task = new FutureTask<>(request::get);
    Thread.ofVirtual().name(what).start(task);
    try {
      return task.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new StoreException(
          StoreException.Kind.TIMED_OUT, what + ": no answer within " + timeout, e);
    } catch (InterruptedException e) {
      throw StoreException.canceled(what, e);
    } catch (ExecutionException e) {
      throw rethrown(what, e.getCause());
    } finally {
      task.cancel(true);
    }
  }

  private static RuntimeException rethrown(String what, @Nullable Throwable cause) {
    return switch (cause) {
      case StoreException e -> e;
      case Error e -> throw e;
      case null, default ->
          new StoreException(StoreException.Kind.UNAVAILABLE, what + ": " + cause, cause);
    };
  }
}
