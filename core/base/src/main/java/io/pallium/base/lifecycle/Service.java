package io.pallium.base.lifecycle;

import java.util.concurrent.CompletableFuture;

/// Something with a life: a server, a store, a background task. [Services] drives it and keeps its
/// state; a service itself keeps none.
public interface Service {

  /// A short name in kebab-case for logs and errors, unique in its [Services].
  String name();

  /// Brings the service up and returns when it can be used. Called once, on a thread of its own
  /// that is interrupted if it takes too long or if everything is stopped meanwhile.
  ///
  /// @throws Exception if it cannot start; `stop` is called all the same, to free what it holds
  void start() throws Exception;

  /// Brings the service down and returns when it holds nothing any more. Called once, on a thread
  /// of its own that is interrupted if it takes too long; never while `start` runs, unless that did
  /// not answer its interrupt.
  ///
  /// @throws Exception if it did not stop cleanly
  void stop() throws Exception;

  /// Completes exceptionally when the service breaks down by itself after its start: then all
  /// services are stopped. A service that cannot break down returns a future that never completes,
  /// as this default does.
  default CompletableFuture<Void> failure() {
    return new CompletableFuture<>();
  }
}
