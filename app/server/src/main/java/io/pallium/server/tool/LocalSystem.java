package io.pallium.server.tool;

import java.nio.file.Path;

/// A whole system in this process, for tools that need one.
public interface LocalSystem extends AutoCloseable {
  /// Starts systems.
  @FunctionalInterface
  interface Starter {
    /// Starts one on a free port of the loopback address, without authentication and without its
    /// own metrics.
    ///
    /// @param directory where its data goes
    LocalSystem start(Path directory);
  }

  /// Where it is reached, without a slash at the end.
  String url();

  @Override
  void close();
}
