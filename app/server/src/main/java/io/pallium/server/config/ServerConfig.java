package io.pallium.server.config;

import io.pallium.base.config.Doc;
import io.pallium.base.config.DurationText;
import io.pallium.base.config.HostAndPort;
import java.time.Duration;

/// The HTTP server, which also carries gRPC on the same port.
public record ServerConfig(
    @Doc(
            "Where HTTP and gRPC are served. Port 0 lets the system choose; the port is printed on"
                + " start. Anything but loopback needs a gateway in front that authenticates.")
        HostAndPort httpListenAddress,
    @Doc("Threads that decode and store writes; 0 takes one per processor.") int pushThreads,
    @Doc("The most writes that wait for such a thread; a further one is answered with 503.")
        int maxWaitingPushes,
    @Doc("How long requests may go on after a stop was asked for; with 0 they end at once.")
        Duration shutdownTimeout,
    @Doc("How long a connection may be idle before it is closed.") Duration idleTimeout,
    @Doc(
            "How long a client may take to send a body, and to take the next 64 KiB of an answer;"
                + " after that its request is given up.")
        Duration clientTimeout,
    @Doc("The most connections at once; further ones are closed.") int maxConnections,
    @Doc(
            "Whether tenants can delete series (`/api/v1/admin/tsdb/delete_series` and"
                + " `clean_tombstones`).")
        boolean adminApi) {
  public ServerConfig {
    if (pushThreads < 0) {
      throw new IllegalArgumentException("push_threads must not be negative, was " + pushThreads);
    }
    if (maxWaitingPushes < 1) {
      throw new IllegalArgumentException(
          "max_waiting_pushes must be positive, was " + maxWaitingPushes);
    }
    if (shutdownTimeout.isNegative()) {
      throw new IllegalArgumentException(
          "shutdown_timeout must not be negative, was " + DurationText.format(shutdownTimeout));
    }
    if (idleTimeout.toMillis() < 1) {
      throw new IllegalArgumentException(
          "idle_timeout must be at least 1ms, was " + DurationText.format(idleTimeout));
    }
    if (clientTimeout.toMillis() < 1) {
      throw new IllegalArgumentException(
          "client_timeout must be at least 1ms, was " + DurationText.format(clientTimeout));
    }
    if (maxConnections < 1) {
      throw new IllegalArgumentException("max_connections must be positive, was " + maxConnections);
    }
  }

  public static ServerConfig defaults() {
    return new ServerConfig(
        new HostAndPort("127.0.0.1", 9009),
        0,
        1000,
        Duration.ofSeconds(5),
        Duration.ofMinutes(2),
        Duration.ofMinutes(1),
        10_000,
        false);
  }
}
