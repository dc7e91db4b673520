package io.pallium.base.lifecycle;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A service that runs a task again and again on a thread of its own, the first time one period
/// after the start; a period begins when the task returns. A task that throws is logged and runs
/// again.
public final class PeriodicTask implements Service {
  private static final Logger log = LoggerFactory.getLogger(PeriodicTask.class);

  private final String name;
  private final Duration period;
  private final Runnable task;
  private final CountDownLatch stopped = new CountDownLatch(1);
  private volatile @Nullable Thread thread;

  /// @param name the service's name
  /// @param period the pause between two runs, more than zero
  public PeriodicTask(String name, Duration period, Runnable task) {
    if (!period.isPositive()) {
      throw new IllegalArgumentException("period of " + name + " must be positive, was " + period);
    }
    this.name = name;
    this.period = period;
    this.task = task;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void start() {
    thread = Thread.ofPlatform().name(name).daemon().start(this::loop);
  }

  /// Waits for a run that is under way; if interrupted, interrupts it.
  @Override
  public void stop() throws InterruptedException {
    stopped.countDown();
    Thread running = thread;
    if (running == null) {
      return;
    }
    try {
      running.join();
    } catch (InterruptedException e) {
      running.interrupt();
      throw e;
    }
  }

  private void loop() {
    try {
      while (!stopped.await(period.toNanos(), TimeUnit.NANOSECONDS)) {
        runOnce();
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void runOnce() {
    try {
      task.run();
    } catch (RuntimeException e) {
      log.error("periodic task failed, runs again, component={}", name, e);
    }
  }
}
