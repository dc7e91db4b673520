package io.pallium.server.tool;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Speaks to a server that has Prometheus's API. Confined to one thread.
final class ApiClient implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofMinutes(5);

  private final HttpClient client =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();
  private final String url;
  private final String tenant;

  /// @param url what stands in front of `/api/v1/`
  /// @param tenant named in each request; empty for none
  ApiClient(String url, String tenant) {
    this.url = url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
    this.tenant = tenant;
  }

  /// Sends a remote write body in snappy block format.
  HttpResponse<String> push(byte[] body) throws IOException {
    return send(
        HttpRequest.newBuilder(URI.create(url + "/api/v1/write"))
            .header("Content-Type", "application/x-protobuf")
            .header("Content-Encoding", "snappy")
            .header("X-Prometheus-Remote-Write-Version", "0.1.0")
            .POST(HttpRequest.BodyPublishers.ofByteArray(body)));
  }

  /// Calls the query API with a form.
  ///
  /// @param path behind `/api/v1/`
  HttpResponse<String> ask(String path, List<Map.Entry<String, String>> form) throws IOException {
    String body =
        form.stream()
            .map(field -> encode(field.getKey()) + "=" + encode(field.getValue()))
            .collect(Collectors.joining("&"));
    return send(
        HttpRequest.newBuilder(URI.create(url + "/api/v1/" + path))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(HttpRequest.BodyPublishers.ofString(body)));
  }

  @Override
  public void close() {
    client.close();
  }

  private HttpResponse<String> send(HttpRequest.Builder request) throws IOException {
    if (!tenant.isEmpty()) {
      request.header("X-Scope-OrgID", tenant);
    }
    try {
      return client.send(request.timeout(TIMEOUT).build(), HttpResponse.BodyHandlers.ofString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
