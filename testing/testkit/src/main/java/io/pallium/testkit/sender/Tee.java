package io.pallium.testkit.sender;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/// Stands between a sender and Pallium: records every body that Pallium acknowledged, and passes
/// the answer on as it was. While Pallium is away the sender is told 503, as a gateway would.
public final class Tee implements AutoCloseable {
  private final HttpServer server;
  private final HttpClient client = HttpClient.newHttpClient();
  private final RecordedSamples acknowledged = new RecordedSamples();
  private final AtomicLong refused = new AtomicLong();
  private final AtomicLong away = new AtomicLong();
  private volatile URI target;

  /// @param target the push URL of Pallium
  public Tee(URI target) throws IOException {
    this.target = target;
    this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::pass);
    server.start();
  }

  /// Where senders write to.
  public URI url() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/api/v1/push");
  }

  /// Passes on to another address from now on.
  public void retarget(URI newTarget) {
    target = newTarget;
  }

  /// What was acknowledged with 204.
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

  @Override
  public void close() {
    server.stop(0);
    client.close();
  }

  private void pass(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      HttpRequest.Builder request =
          HttpRequest.newBuilder(target).POST(HttpRequest.BodyPublishers.ofByteArray(body));
      for (String name :
          new String[] {
            "Content-Type", "Content-Encoding", "X-Scope-OrgID", "X-Prometheus-Remote-Write-Version"
          }) {
        String value = exchange.getRequestHeaders().getFirst(name);
        if (value != null) {
          request.header(name, value);
        }
      }
      int status;
      byte[] answer;
      try {
        HttpResponse<byte[]> response =
            client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        status = response.statusCode();
        answer = response.body();
      } catch (IOException e) {
        status = 503;
        answer = new byte[0];
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
      if (status == 204) {
        acknowledged.add(body);
      } else if (status >= 500) {
        away.incrementAndGet();
      } else {
        refused.incrementAndGet();
      }
      exchange.sendResponseHeaders(status, answer.length == 0 ? -1 : answer.length);
      exchange.getResponseBody().write(answer);
    }
  }
}
