package io.pallium.base.lifecycle;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// A service with its state. Thread-safe; the state is guarded by `this`.
final class ManagedService {
  final Service service;
  final Duration startTimeout;

  @GuardedBy("this")
  private ServiceState state = ServiceState.NEW;

  private volatile @Nullable Thread worker;
  private volatile boolean isStartCanceled;

  ManagedService(Service service, Duration startTimeout) {
    this.service = service;
    this.startTimeout = startTimeout;
  }

  String name() {
    return service.name();
  }

  synchronized ServiceState state() {
    return state;
  }

  /// Goes to `next` if the state allows it.
  synchronized boolean become(ServiceState next) {
    boolean isAllowed = state.mayBecome(next);
    if (isAllowed) {
      state = next;
    }
    return isAllowed;
  }

  void start() throws ServiceException {
    if (!become(ServiceState.STARTING)) {
      throw new ServiceException("service " + name() + " cannot start, it is " + state());
    }
    run("start", service::start, startTimeout);
    if (!become(ServiceState.RUNNING)) {
      throw new ServiceException("service " + name() + " broke down while it started");
    }
  }

  /// Stops what was started, also if it failed; a failed service stays failed.
  void stop(Duration timeout) throws ServiceException {
    if (become(ServiceState.TERMINATED)) {
      return;
    }
    boolean isFailed = !become(ServiceState.STOPPING);
    run("stop", service::stop, timeout);
    if (!isFailed) {
      become(ServiceState.TERMINATED);
    }
  }

  /// Interrupts `start` if it runs now, or as soon as it would.
  void cancelStart() {
    isStartCanceled = true;
    Thread running = worker;
    if (running != null && state() == ServiceState.STARTING) {
      running.interrupt();
    }
  }

  @FunctionalInterface
  private interface Action {
    void run() throws Exception;
  }

  private void run(String verb, Action action, Duration timeout) {
    CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
    Thread thread =
        Thread.ofPlatform()
            .name(verb + "-" + name())
            .daemon()
            .unstarted(() -> complete(action, done));
    worker = thread;
    thread.start();
    if (isStartCanceled && state() == ServiceState.STARTING) {
      thread.interrupt();
    }
    try {
      done.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      thread.interrupt();
      throw failed("service " + name() + " did not " + verb + " within " + timeout, e);
    } catch (InterruptedException e) {
      thread.interrupt();
      Thread.currentThread().interrupt();
      throw failed("interrupted while service " + name() + " was to " + verb, e);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      String reason = cause.getMessage() == null ? cause.toString() : cause.getMessage();
      throw failed("service " + name() + " did not " + verb + ": " + reason, cause);
    } finally {
      worker = null;
    }
  }

  private static void complete(Action action, CompletableFuture<@Nullable Void> done) {
    try {
      action.run();
      done.complete(null);
    } catch (Throwable e) {
      done.completeExceptionally(e);
    }
  }

  private ServiceException failed(String message, Throwable cause) {
    become(ServiceState.FAILED);
    return new ServiceException(message, cause);
  }
}
