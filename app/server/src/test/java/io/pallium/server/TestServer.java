package io.pallium.server;

import io.pallium.base.clock.TimeSource;
import io.pallium.server.config.PalliumConfig;
import io.pallium.server.scrape.RemoteWriteBody;
import io.pallium.tsdb.file.DurableFiles;
import io.pallium.tsdb.file.LocalDurableFiles;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/// A whole Pallium in this process, asked over real HTTP on a port that the system chose.
final class TestServer implements AutoCloseable {
  /// What the server answered.
  record Answer(int status, String body, HttpHeaders headers) {
    String header(String name) {
      return headers.firstValue(name).orElse("");
    }
  }

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(PATIENCE).build();

  private final Pallium pallium;

  private TestServer(Pallium pallium) {
    this.pallium = pallium;
  }

  /// Starts with defaults but for port, directory, own metrics (not stored) and `flags`.
  static TestServer start(Path directory, String... flags) {
    return start(new LocalDurableFiles(), directory, flags);
  }

  /// Starts on the given files.
  static TestServer start(DurableFiles files, Path directory, String... flags) {
    PalliumConfig config = Main.bind(flags(directory, flags));
    return new TestServer(
        Pallium.start(config, TimeSource.SYSTEM, new PrometheusRegistry(), files));
  }

  private static List<String> flags(Path directory, String... more) {
    Map<String, String> flags = new LinkedHashMap<>();
    flags.put("--server.http-listen-address", "127.0.0.1:0");
    flags.put("--storage.directory", directory.toString());
    flags.put("--log.min-free-bytes", "0");
    flags.put("--server.shutdown-timeout", "0s");
    flags.put("--self-scrape.enabled", "false");
    for (String flag : more) {
      flags.put(flag.substring(0, flag.indexOf('=')), flag.substring(flag.indexOf('=') + 1));
    }
    return flags.entrySet().stream().map(flag -> flag.getKey() + "=" + flag.getValue()).toList();
  }

  String url() {
    return pallium.url();
  }

  Answer get(String path, String... headers) {
    return send(request(path, headers).GET());
  }

  /// Asks a server that is not whole.
  static Answer getFrom(String url, String path) {
    return send(HttpRequest.newBuilder(URI.create(url + path)).timeout(PATIENCE).GET());
  }

  Answer post(String path, String form, String... headers) {
    return send(
        request(path, headers)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(HttpRequest.BodyPublishers.ofString(form)));
  }

  Answer push(byte[] body, String... headers) {
    return pushTo("/api/v1/push", body, headers);
  }

  Answer pushTo(String path, byte[] body, String... headers) {
    HttpRequest.Builder request = request(path, headers);
    if (List.of(headers).stream().noneMatch("Content-Type"::equals)) {
      request.header("Content-Type", "application/x-protobuf");
    }
    if (List.of(headers).stream().noneMatch("Content-Encoding"::equals)) {
      request.header("Content-Encoding", "snappy");
    }
    return send(request.POST(HttpRequest.BodyPublishers.ofByteArray(body)));
  }

  Answer method(String method, String path) {
    return send(request(path).method(method, HttpRequest.BodyPublishers.noBody()));
  }

  /// The bytes of an answer as they were sent.
  HttpResponse<byte[]> getRaw(String path, String... headers) {
    try {
      return CLIENT.send(
          request(path, headers).GET().build(), HttpResponse.BodyHandlers.ofByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /// Sends the head of a request and leaves the rest to the caller, who also closes the connection.
  Socket open(String request) throws IOException {
    URI uri = URI.create(url());
    Socket socket = new Socket(InetAddress.getByName(uri.getHost()), uri.getPort());
    socket.setSoTimeout((int) PATIENCE.toMillis());
    socket
        .getOutputStream()
        .write((request + " HTTP/1.1\r\nHost: x\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
    return socket;
  }

  /// The value of one line of `/metrics`; 0 if there is none.
  double metric(String nameAndLabels) {
    return get("/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith(nameAndLabels + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(nameAndLabels.length() + 1)))
        .sum();
  }

  /// Asks again and again until it holds.
  static void await(String what, BooleanSupplier holds) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!holds.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("did not come to pass in " + PATIENCE + ": " + what);
      }
      Thread.onSpinWait();
    }
  }

  static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  /// A body with one sample of one series.
  static byte[] sample(long timestampMs, double value, String... labels) {
    RemoteWriteBody body = new RemoteWriteBody();
    body.add(labels(labels), timestampMs, value);
    return body.toCompressedBytes();
  }

  static Map<String, String> labels(String... namesAndValues) {
    Map<String, String> labels = new HashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      labels.put(namesAndValues[i], namesAndValues[i + 1]);
    }
    return labels;
  }

  private HttpRequest.Builder request(String path, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url() + path)).timeout(PATIENCE);
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    return request;
  }

  private static Answer send(HttpRequest.Builder request) {
    try {
      HttpResponse<String> response =
          CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
      return new Answer(response.statusCode(), response.body(), response.headers());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /// Reads until the server ends the connection or `count` bytes are there.
  static String read(InputStream in, int count) throws IOException {
    return new String(in.readNBytes(count), StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    pallium.close();
  }
}
