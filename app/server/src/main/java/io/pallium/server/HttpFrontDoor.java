package io.pallium.server;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServerBuilder;
import io.pallium.base.UnavailableException;
import io.pallium.base.config.HostAndPort;
import io.pallium.server.api.ErrorMapping;
import io.pallium.server.config.ServerConfig;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.function.Consumer;

/// The one port of a process: HTTP and gRPC. It opens first, with nothing behind it but health,
/// metrics and a friendly refusal, and gets its routes when the parts of the process are there.
final class HttpFrontDoor implements AutoCloseable {
  private final Server server;
  private final ServerConfig config;
  private final Readiness readiness;
  private final PrometheusRegistry registry;

  HttpFrontDoor(ServerConfig config, Readiness readiness, PrometheusRegistry registry) {
    this.config = config;
    this.readiness = readiness;
    this.registry = registry;
    ServerBuilder builder = Server.builder();
    configure(builder, this::refuseAll);
    this.server = builder.build();
    server.start().join();
  }

  /// Opens the routes of the process.
  void open(Consumer<ServerBuilder> routes) {
    server.reconfigure(builder -> configure(builder, routes));
  }

  /// The port in use, also where the system chose it.
  int port() {
    return server.activeLocalPort();
  }

  /// The address in use: host and port.
  HostAndPort address() {
    return new HostAndPort(config.httpListenAddress().host(), port());
  }

  @Override
  public void close() {
    server.stop().join();
  }

  private void configure(ServerBuilder builder, Consumer<ServerBuilder> routes) {
    HostAndPort address = config.httpListenAddress();
    builder
        .http(new InetSocketAddress(address.host(), address.port()))
        .maxNumConnections(config.maxConnections())
        .idleTimeout(config.idleTimeout())
        .requestTimeoutMillis(0)
        .gracefulShutdownTimeout(java.time.Duration.ZERO, config.shutdownTimeout());
    builder.service("/ready", (ctx, request) -> ready());
    builder.service("/-/ready", (ctx, request) -> ready());
    builder.service("/-/healthy", (ctx, request) -> HttpResponse.of("healthy\n"));
    builder.service("/metrics", (ctx, request) -> metrics());
    routes.accept(builder);
  }

  private void refuseAll(ServerBuilder builder) {
    builder.serviceUnder(
        "/",
        (ctx, request) ->
            ErrorMapping.plain(
                new UnavailableException("this server is starting: " + readiness.text().strip())));
  }

  private HttpResponse ready() {
    return readiness.isReady()
        ? HttpResponse.of(HttpStatus.OK, MediaType.PLAIN_TEXT_UTF_8, readiness.text())
        : ErrorMapping.plain(new UnavailableException(readiness.text().strip()));
  }

  private HttpResponse metrics() {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    try {
      PrometheusTextFormatWriter.builder().build().write(text, registry.scrape());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return HttpResponse.of(
        ResponseHeaders.builder(HttpStatus.OK)
            .contentType(MediaType.parse("text/plain; version=0.0.4; charset=utf-8"))
            .build(),
        HttpData.wrap(text.toByteArray()));
  }
}
