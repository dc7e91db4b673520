package io.pallium.testkit.process;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// A Pallium as a user starts it: the launcher, on a port that the system chooses, with self-scrape
/// off, and with a small heap, so that several of them are no more load than one with its share of
/// the machine.
public final class PalliumProcess implements AutoCloseable {
  private static final Pattern READY = Pattern.compile("is ready after [^:]+: (http://\\S+)/");
  private static final String HEAP = "-Xmx512m";
  private static final Duration START_TIMEOUT = Duration.ofMinutes(2);

  private final TestProcess process;
  private final String url;
  private final HttpClient client = HttpClient.newHttpClient();

  private PalliumProcess(TestProcess process, String url) {
    this.process = process;
    this.url = url;
  }

  /// Starts one and waits until it is ready.
  ///
  /// @param directory its data; its output goes to a file beside it
  /// @param flags more flags
  public static PalliumProcess start(Path directory, String... flags) {
    return startAt("127.0.0.1:0", directory, flags);
  }

  /// The same on a given address.
  public static PalliumProcess startAt(String address, Path directory, String... flags) {
    List<String> command = new ArrayList<>();
    command.add(root().resolve("pallium").toString());
    command.add("--server.http-listen-address=" + address);
    command.add("--storage.directory=" + directory.toAbsolutePath());
    command.add("--self-scrape.enabled=false");
    command.addAll(List.of(flags));
    Path log = directory.resolveSibling(directory.getFileName() + ".log");
    int from = log.toFile().exists() ? Math.toIntExact(log.toFile().length()) : 0;
    TestProcess process =
        TestProcess.start(command, Map.of("CI", "true", "JDK_JAVA_OPTIONS", HEAP), root(), log);
    try {
      return new PalliumProcess(process, process.awaitOutput(READY, from, START_TIMEOUT));
    } catch (AssertionError e) {
      process.close();
      throw e;
    }
  }

  /// The root of the source tree, which holds the launcher.
  public static Path root() {
    return Path.of(System.getProperty("pallium.root", ".")).toAbsolutePath().normalize();
  }

  /// Without a slash at the end.
  public String url() {
    return url;
  }

  /// Host and port.
  public String address() {
    return URI.create(url).getAuthority();
  }

  public URI pushUrl() {
    return URI.create(url + "/api/v1/push");
  }

  public TestProcess process() {
    return process;
  }

  /// Sends a compressed remote write body.
  ///
  /// @param tenant the tenant; empty for none
  public HttpResponse<String> push(String tenant, byte[] body) throws IOException {
    return push(tenant, "/api/v1/push", body);
  }

  /// Sends a compressed remote write body to one of the paths that take it.
  public HttpResponse<String> push(String tenant, String path, byte[] body) throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url + path))
            .header("Content-Type", "application/x-protobuf")
            .header("Content-Encoding", "snappy")
            .header("X-Prometheus-Remote-Write-Version", "0.1.0")
            .timeout(Duration.ofSeconds(60))
            .POST(HttpRequest.BodyPublishers.ofByteArray(body));
    return send(tenant, request);
  }

  /// Calls the query API with a form.
  ///
  /// @param path behind `/api/v1/`
  public HttpResponse<String> ask(String tenant, String path, Map<String, String> form)
      throws IOException {
    return post(tenant, "/api/v1/" + path, form);
  }

  /// Posts a form.
  public HttpResponse<String> post(String tenant, String path, Map<String, String> form)
      throws IOException {
    String body =
        form.entrySet().stream()
            .map(field -> encode(field.getKey()) + "=" + encode(field.getValue()))
            .collect(Collectors.joining("&"));
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url + path))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .timeout(Duration.ofSeconds(60))
            .POST(HttpRequest.BodyPublishers.ofString(body));
    return send(tenant, request);
  }

  /// Gets a path.
  public HttpResponse<String> get(String tenant, String path) throws IOException {
    return send(tenant, HttpRequest.newBuilder(URI.create(url + path)).GET());
  }

  @Override
  public void close() {
    client.close();
    process.close();
  }

  private HttpResponse<String> send(String tenant, HttpRequest.Builder request) throws IOException {
    if (!tenant.isEmpty()) {
      request.header("X-Scope-OrgID", tenant);
    }
    try {
      return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
