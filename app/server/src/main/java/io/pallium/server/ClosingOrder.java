package io.pallium.server;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutorService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The parts of a process in the order in which they were started, to be closed in reverse. A part
/// that fails to close does not keep the others from closing.
final class ClosingOrder implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ClosingOrder.class);

  private final Deque<Part> parts = new ArrayDeque<>();

  private record Part(String name, AutoCloseable closing) {}

  /// Adds a part that has just been started.
  synchronized <T extends AutoCloseable> T add(String name, T part) {
    parts.push(new Part(name, part));
    return part;
  }

  /// Adds threads; their work is interrupted when they are closed.
  synchronized <T extends ExecutorService> T add(String name, T threads) {
    parts.push(new Part(name, threads::shutdownNow));
    return threads;
  }

  @Override
  public synchronized void close() {
    while (!parts.isEmpty()) {
      Part part = parts.pop();
      long startNanos = System.nanoTime();
      try {
        part.closing().close();
      } catch (Exception e) {
        log.error("could not stop part={}", part.name(), e);
      }
      log.debug(
          "stopped part={} durationMs={}",
          part.name(),
          (System.nanoTime() - startNanos) / 1_000_000);
    }
  }
}
