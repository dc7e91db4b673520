package io.pallium.objectstore;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// How a thread waits before it tries again; tests have their own.
@FunctionalInterface
public interface Pause {
  /// Lets the time pass.
  Pause REAL =
      duration -> {
        boolean unused = new CountDownLatch(1).await(duration.toNanos(), TimeUnit.NANOSECONDS);
      };

  void pause(Duration duration) throws InterruptedException;
}
