package io.pallium.base.lifecycle;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.pallium.base.clock.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The services of a process in the order in which they were added. They start in this order, each
/// when the one before it runs, and stop in reverse. If one does not start, or breaks down later,
/// all are stopped.
///
/// Thread-safe. `lock` guards the phase and is never held while a service starts or stops.
public final class Services implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Services.class);

  /// The share of the stop time-out that each service gets at the least, however long the services
  /// before it took.
  private static final int LEAST_SHARE = 10;

  private final Duration startTimeout;
  private final Duration stopTimeout;
  private final ReentrantLock lock = new ReentrantLock();
  private final CompletableFuture<@Nullable Void> startEnded = new CompletableFuture<>();
  private final CompletableFuture<@Nullable Void> ended = new CompletableFuture<>();

  @GuardedBy("lock")
  private final Map<String, ManagedService> services = new LinkedHashMap<>();

  @GuardedBy("lock")
  private boolean isStarted;

  @GuardedBy("lock")
  private boolean isStopWanted;

  @GuardedBy("lock")
  private boolean isStopping;

  @GuardedBy("lock")
  private @Nullable ServiceException firstFailure;

  /// @param startTimeout how long a service may take to start
  /// @param stopTimeout how long all services together may take to stop; each has at least a tenth
  ///   of it
  public Services(Duration startTimeout, Duration stopTimeout) {
    this.startTimeout = startTimeout;
    this.stopTimeout = stopTimeout;
  }

  /// Adds a service, to be started after those before it.
  ///
  /// @return the service
  /// @throws IllegalStateException if the services were started or stopped already
  /// @throws IllegalArgumentException if there is a service with its name
  public <S extends Service> S add(S service) {
    return add(service, startTimeout);
  }

  /// Adds a service that may take `timeout` to start instead of the usual time.
  public <S extends Service> S add(S service, Duration timeout) {
    lock.lock();
    try {
      if (isStarted || isStopWanted) {
        throw new IllegalStateException("service " + service.name() + " was added after the start");
      }
      if (services.putIfAbsent(service.name(), new ManagedService(service, timeout)) != null) {
        throw new IllegalArgumentException("two services have the name " + service.name());
      }
      return service;
    } finally {
      lock.unlock();
    }
  }

  /// Starts all services; returns when all are running.
  ///
  /// @throws ServiceException if a service did not start or broke down meanwhile, or if the
  ///   services were stopped meanwhile; all of them are stopped then
  /// @throws IllegalStateException if called twice or after `stop`
  public void start() {
    lock.lock();
    try {
      if (isStarted || isStopWanted) {
        throw new IllegalStateException("services start once");
      }
      isStarted = true;
    } finally {
      lock.unlock();
    }
    try {
      for (ManagedService service : all()) {
        startOne(service);
      }
      startEnded.complete(null);
    } catch (ServiceException e) {
      ServiceException failure = fail(e);
      startEnded.complete(null);
      stopAll();
      throw failure;
    }
  }

  private void startOne(ManagedService service) {
    lock.lock();
    try {
      if (isStopWanted) {
        throw new ServiceException("stopped before service " + service.name() + " started");
      }
    } finally {
      lock.unlock();
    }
    service.start();
    log.info("service running, service={}", service.name());
    var _ =
        service
            .service
            .failure()
            .whenComplete(
                (_, e) -> {
                  if (e != null) {
                    breakDown(service, e);
                  }
                });
  }

  private void breakDown(ManagedService service, Throwable cause) {
    if (!service.become(ServiceState.FAILED)) {
      return;
    }
    log.error("service broke down, all are stopped, service={}", service.name(), cause);
    fail(new ServiceException("service " + service.name() + " broke down: " + cause, cause));
    Thread.ofPlatform().name("stop-services").start(this::cancelStartAndStop);
  }

  /// Keeps the first failure; later ones become suppressed exceptions of it.
  private ServiceException fail(ServiceException failure) {
    lock.lock();
    try {
      ServiceException first = firstFailure;
      if (first == null) {
        firstFailure = failure;
        return failure;
      }
      first.addSuppressed(failure);
      return first;
    } finally {
      lock.unlock();
    }
  }

  /// Stops all services in reverse order; returns when all have stopped or run out of time. A start
  /// that is under way is interrupted. Does nothing if they are stopped already, and waits if they
  /// are being stopped.
  ///
  /// @throws ServiceException if a service did not stop cleanly, from the call that stopped them
  public void stop() {
    List<ServiceException> failures = cancelStartAndStop();
    if (!failures.isEmpty()) {
      ServiceException first = failures.getFirst();
      ServiceException thrown = new ServiceException(String.valueOf(first.getMessage()), first);
      failures.subList(1, failures.size()).forEach(thrown::addSuppressed);
      throw thrown;
    }
  }

  @Override
  public void close() {
    stop();
  }

  private List<ServiceException> cancelStartAndStop() {
    boolean isStarting;
    lock.lock();
    try {
      isStopWanted = true;
      isStarting = isStarted && !startEnded.isDone();
    } finally {
      lock.unlock();
    }
    if (isStarting) {
      all().forEach(ManagedService::cancelStart);
      await(startEnded);
    }
    return stopAll();
  }

  /// Waits for another thread that starts or stops, longer than it may take.
  private void await(CompletableFuture<@Nullable Void> future) {
    Duration timeout = stopTimeout.multipliedBy(2);
    try {
      future.handle((_, _) -> true).get(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      log.warn("services still busy, timeout={}", timeout, e);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      throw new AssertionError("BUG: handled future failed", e);
    }
  }

  private List<ServiceException> stopAll() {
    if (!beginStopping()) {
      await(ended);
      return List.of();
    }
    // The thread that stops may carry an interrupt, which must not cut the stopping short.
    boolean wasInterrupted = Thread.interrupted();
    List<ServiceException> failures = stopInReverse();
    if (wasInterrupted) {
      Thread.currentThread().interrupt();
    }
    failures.forEach(this::fail);
    end();
    return failures;
  }

  /// Whether the caller is the one that stops.
  private boolean beginStopping() {
    lock.lock();
    try {
      boolean isFirst = !isStopping;
      isStopWanted = true;
      isStopping = true;
      return isFirst;
    } finally {
      lock.unlock();
    }
  }

  private List<ServiceException> stopInReverse() {
    List<ServiceException> failures = new ArrayList<>();
    long deadlineNanos = TimeSource.SYSTEM.nowNanos() + stopTimeout.toNanos();
    Duration least = stopTimeout.dividedBy(LEAST_SHARE);
    for (ManagedService service : all().reversed()) {
      Duration rest = Duration.ofNanos(deadlineNanos - TimeSource.SYSTEM.nowNanos());
      try {
        service.stop(rest.compareTo(least) > 0 ? rest : least);
      } catch (ServiceException e) {
        log.warn("service did not stop cleanly, service={}", service.name(), e);
        failures.add(e);
      }
    }
    return failures;
  }

  private void end() {
    ServiceException failure;
    lock.lock();
    try {
      failure = firstFailure;
    } finally {
      lock.unlock();
    }
    if (failure == null) {
      ended.complete(null);
    } else {
      ended.completeExceptionally(failure);
    }
  }

  /// Completes when all services have stopped: normally after a clean life, else exceptionally with
  /// the first failure as a [ServiceException].
  public CompletableFuture<@Nullable Void> ended() {
    return ended.copy();
  }

  /// The state of each service by name, in starting order.
  public Map<String, ServiceState> states() {
    Map<String, ServiceState> states = new LinkedHashMap<>();
    all().forEach(service -> states.put(service.name(), service.state()));
    return states;
  }

  /// Whether every service is running.
  public boolean isRunning() {
    return all().stream().allMatch(service -> service.state() == ServiceState.RUNNING);
  }

  private List<ManagedService> all() {
    lock.lock();
    try {
      return List.copyOf(services.values());
    } finally {
      lock.unlock();
    }
  }
}
