package io.pallium.server;

import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServerErrorHandler;
import com.linecorp.armeria.server.ServiceConfig;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
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
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The one port of a process: HTTP and gRPC. It opens first, with nothing behind it but health,
/// metrics and a friendly refusal, and gets its routes when the parts of the process are there. It
/// closes first, too: requests that are in work may end, new ones are refused with 503.
final class HttpFrontDoor implements AutoCloseable {
  /// Queries come in the URL, too.
  private static final int MAX_HEADER_BYTES = 1 << 20;

  /// A stop waits for the requests in work, and then this long for one more: shorter than any
  /// client's patience, and the least that lets the server wait at all.
  private static final Duration QUIET_PERIOD = Duration.ofMillis(50);

  private final Server server;
  private final ServerConfig config;
  private final Readiness readiness;
  private final PrometheusRegistry registry;
  private volatile boolean isStopping;

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
    isStopping = true;
    server.stop().join();
  }

  /// A page that takes `GET` and `HEAD`.
  static HttpService page(Supplier<HttpResponse> answer) {
    return (ctx, request) ->
        request.method() == HttpMethod.GET || request.method() == HttpMethod.HEAD
            ? answer.get()
            : ErrorMapping.methodNotAllowed(ctx.path(), HttpMethod.GET, HttpMethod.HEAD);
  }

  private void configure(ServerBuilder builder, Consumer<ServerBuilder> routes) {
    HostAndPort address = config.httpListenAddress();
    Duration timeout = config.shutdownTimeout();
    builder
        .http(new InetSocketAddress(address.host(), address.port()))
        .maxNumConnections(config.maxConnections())
        .idleTimeout(config.idleTimeout())
        .requestTimeoutMillis(0)
        .http1MaxInitialLineLength(MAX_HEADER_BYTES)
        .http1MaxHeaderSize(MAX_HEADER_BYTES)
        .http2MaxHeaderListSize(MAX_HEADER_BYTES)
        .childChannelPipelineCustomizer(JoinedWrites::customize)
        // Empty, so nothing is kept; a new one each time, since the server registers its threads
        // anew.
        .meterRegistry(new CompositeMeterRegistry())
        .errorHandler(new Errors())
        .bossGroupFactory(AcceptingThread::start)
        .gracefulShutdownTimeout(
            timeout.compareTo(QUIET_PERIOD) < 0 ? timeout : QUIET_PERIOD, timeout);
    routes.accept(builder);
    builder.decorator(this::refuseWhileStopping);
    builder.service("/ready", page(this::ready));
    builder.service("/-/ready", page(this::ready));
    builder.service("/-/healthy", page(() -> HttpResponse.of("healthy\n")));
    builder.service("/metrics", page(this::metrics));
  }

  private void refuseAll(ServerBuilder builder) {
    builder.serviceUnder(
        "/",
        (ctx, request) ->
            ErrorMapping.of(
                ctx.path(),
                new UnavailableException("this node is starting: " + readiness.text().strip())));
  }

  private HttpResponse refuseWhileStopping(
      HttpService delegate, ServiceRequestContext ctx, HttpRequest request) throws Exception {
    if (isStopping && !isAboutHealth(ctx.path())) {
      return ErrorMapping.of(ctx.path(), new UnavailableException("this node is stopping"));
    }
    return delegate.serve(ctx, request);
  }

  private static boolean isAboutHealth(String path) {
    return path.equals("/ready") || path.startsWith("/-/") || path.equals("/metrics");
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
        HttpStatus.OK,
        MediaType.parse("text/plain; version=0.0.4; charset=utf-8"),
        HttpData.wrap(text.toByteArray()));
  }

  /// Words what the HTTP server itself refuses as all other failures are worded.
  private static final class Errors implements ServerErrorHandler {
    @Override
    public HttpResponse onServiceException(ServiceRequestContext ctx, Throwable cause) {
      return ErrorMapping.of(ctx.path(), cause);
    }

    @Override
    public AggregatedHttpResponse onProtocolViolation(
        ServiceConfig serviceConfig,
        @Nullable RequestHeaders headers,
        HttpStatus status,
        @Nullable String description,
        @Nullable Throwable cause) {
      return ErrorMapping.refused(
          headers == null ? "" : headers.path(), status, description, cause);
    }

    @Override
    public AggregatedHttpResponse renderStatus(
        @Nullable ServiceRequestContext ctx,
        ServiceConfig serviceConfig,
        @Nullable RequestHeaders headers,
        HttpStatus status,
        @Nullable String description,
        @Nullable Throwable cause) {
      String path = ctx != null ? ctx.path() : headers != null ? headers.path() : "";
      return ErrorMapping.refused(path, status, description, cause);
    }
  }
}
