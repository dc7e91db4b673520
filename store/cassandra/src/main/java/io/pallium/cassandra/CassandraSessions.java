package io.pallium.cassandra;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.CqlSessionBuilder;
import com.datastax.oss.driver.api.core.config.DefaultDriverOption;
import com.datastax.oss.driver.api.core.config.DriverConfigLoader;
import com.datastax.oss.driver.api.core.ssl.ProgrammaticSslEngineFactory;
import io.pallium.objectstore.CaFile;
import io.pallium.objectstore.StoreException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import javax.net.ssl.SSLContext;

/// Makes the driver.
final class CassandraSessions {
  private CassandraSessions() {}

  /// @throws StoreException if no node lets us in
  static CqlSession open(CassandraConfig config) {
    DriverConfigLoader options =
        DriverConfigLoader.programmaticBuilder()
            .withDuration(DefaultDriverOption.REQUEST_TIMEOUT, config.requestTimeout())
            .withDuration(DefaultDriverOption.CONNECTION_INIT_QUERY_TIMEOUT, Duration.ofSeconds(10))
            .withDuration(DefaultDriverOption.CONTROL_CONNECTION_TIMEOUT, Duration.ofSeconds(10))
            .withBoolean(DefaultDriverOption.RECONNECT_ON_INIT, false)
            // A node has one connection, and without it no request succeeds: the tries around a
            // store
            // must outlast the wait for the next one.
            .withDuration(DefaultDriverOption.RECONNECTION_BASE_DELAY, Duration.ofMillis(100))
            .withDuration(DefaultDriverOption.RECONNECTION_MAX_DELAY, Duration.ofSeconds(5))
            .build();
    CqlSessionBuilder builder =
        CqlSession.builder()
            .withConfigLoader(options)
            .withLocalDatacenter(config.localDatacenter());
    config
        .contactPoints()
        .forEach(node -> builder.addContactPoint(new InetSocketAddress(node.host(), node.port())));
    if (!config.username().isEmpty()) {
      builder.withAuthCredentials(config.username(), config.password());
    }
    if (config.tls()) {
      // What withSslContext makes of a context verifies no host.
      builder.withSslEngineFactory(
          new ProgrammaticSslEngineFactory(sslContext(config), null, config.verifyHost()));
    }
    try {
      return builder.build();
    } catch (RuntimeException e) {
      throw CassandraErrors.of("connect to " + config.contactPoints(), e);
    }
  }

  private static SSLContext sslContext(CassandraConfig config) {
    if (!config.caFile().isEmpty()) {
      return CaFile.context(Path.of(config.caFile()));
    }
    try {
      return SSLContext.getDefault();
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("BUG: every JDK has TLS", e);
    }
  }
}
