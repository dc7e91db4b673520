package io.pallium.it.architecture.planted.server;

/// Waits for time to pass.
final class Sleeper {
  void pause() throws InterruptedException {
    Thread.sleep(1);
  }
}
