package io.pallium.testkit.sender;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/// Stands between a sender and one Pallium or more: records every body that all of them
/// acknowledged, and passes the worst of their answers on. It names the tenant, as a gateway does:
/// Debian's Prometheus leaves out the headers of its remote write configuration. While a Pallium is
/// away the sender is told 503.
public final class Tee implements AutoCloseable {
  private static final List<String> PASSED_HEADERS =
      List.of("Content-Type", "Content-Encoding", "X-Prometheus-Remote-Write-Version");

  private final HttpServer server;
  private final HttpClient client = HttpClient.newHttpClient();
  private final RecordedSamples acknowledged = new RecordedSamples();
  private final AtomicLong refused = new AtomicLong();
  private final AtomicLong away = new AtomicLong();
  private final List<URI> targets;
  private final String tenant;
  private volatile boolean isHeld;

  /// @param targets push URLs
  public Tee(List<URI> targets, String tenant) throws IOException {
    this.targets = List.copyOf(targets);
    this.tenant = tenant;
    this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::pass);
    server.start();
  }

  /// Where senders write to.
  public URI url() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/api/v1/push");
  }

  /// What was acknowledged by all, with 204.
  public RecordedSamples acknowledged() {
    return acknowledged;
  }

  /// How many requests were refused with 4xx: those are lost for good.
  public long refused() {
    return refused.get();
  }

  /// How many requests found Pallium away or not able to serve.
  public long away() {
    return away.get();
  }

  /// Lets nothing through, as if Pallium were away, until it is called with false.
  public void hold(boolean isHeldNow) {
    isHeld = isHeldNow;
  }

  @Override
  public void close() {
    server.stop(0);
    client.close();
  }

  private void pass(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      int status = isHeld ? 503 : 204;
      for (URI target : targets) {
        if (!isHeld) {
          status = Math.max(status, push(target, exchange.getRequestHeaders(), body));
        }
      }
      if (status == 204) {
        acknowledged.add(body);
      } else if (status >= 500) {
        away.incrementAndGet();
      } else {
        refused.incrementAndGet();
      }
      exchange.sendResponseHeaders(status, -1);
    }
  }

  private int push(URI target, Headers headers, byte[] body) throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(target)
            .header("X-Scope-OrgID", tenant)
            .POST(HttpRequest.BodyPublishers.ofByteArray(body));
    for (String name : PASSED_HEADERS) {
      String value = headers.getFirst(name);
      if (value != null) {
        request.header(name, value);
      }
    }
    try {
      return client.send(request.build(), HttpResponse.BodyHandlers.discarding()).statusCode();
    } catch (IOException e) {
      return 503;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
