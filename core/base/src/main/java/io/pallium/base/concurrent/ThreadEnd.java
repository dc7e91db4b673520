package io.pallium.base.concurrent;

/// Waits for the end of a thread that was told to end, and whose work must be complete before the
/// caller goes on: an interrupt does not shorten that.
public final class ThreadEnd {
  private ThreadEnd() {}

  /// Returns when the thread has ended. If the caller is interrupted meanwhile, it is so
  /// afterwards.
  public static void await(Thread thread) {
    boolean isInterrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        isInterrupted = true;
      }
    }
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
