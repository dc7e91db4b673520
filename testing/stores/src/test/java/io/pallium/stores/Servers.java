package io.pallium.stores;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.pallium.testkit.process.TestProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Real servers of stores, each a process of its own on loopback, from the folder that `./test`
/// fetched them into.
final class Servers {
  private static final Duration START_TIMEOUT = Duration.ofMinutes(3);
  static final String JAVA = Path.of(System.getProperty("java.home"), "bin", "java").toString();

  private Servers() {}

  /// A server that takes connections.
  record Server(TestProcess process, int port) implements AutoCloseable {
    @Override
    public void close() {
      process.close();
    }

    String url() {
      return "http://127.0.0.1:" + port;
    }
  }

  /// The folder of a server's files. Without any folder the tests are skipped; without this one
  /// they fail.
  static Path folder(String name) {
    String folder = System.getProperty("pallium.stores", "");
    assumeThat(folder).as("the folder with servers, see ./test").isNotEmpty();
    Path server = Path.of(folder, name);
    assertThat(server).as("fetched by ./test").isDirectory();
    return server;
  }

  /// Closes what was started; without servers nothing was.
  static void close(@Nullable AutoCloseable... parts) throws Exception {
    for (AutoCloseable part : parts) {
      if (part != null) {
        part.close();
      }
    }
  }

  /// A port that nobody has now.
  static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Starts a Java program whose jars are all in one folder.
  static Server java(
      String name, Path work, int port, List<String> flags, String... mainAndArguments) {
    List<String> command = new ArrayList<>();
    command.add(JAVA);
    command.addAll(flags);
    command.add("-cp");
    command.add(folder(name) + "/*");
    command.addAll(List.of(mainAndArguments));
    return start(command, work, port);
  }

  /// Starts a program and waits until it takes connections.
  static Server start(List<String> command, Path work, int port) {
    Path log = work.resolve("server.log");
    TestProcess process = TestProcess.start(command, Map.of(), work, log);
    long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
    while (!isOpen(port)) {
      boolean isLate = System.nanoTime() > deadline;
      if (!process.isAlive() || isLate) {
        String output = process.output();
        process.close();
        throw new AssertionError(
            (isLate ? "no connections within " + START_TIMEOUT : "ended at once")
                + ": "
                + String.join(" ", command)
                + "\n"
                + output.substring(Math.max(0, output.length() - 4000)));
      }
      LockSupport.parkNanos(20_000_000);
    }
    return new Server(process, port);
  }

  private static boolean isOpen(int port) {
    try (Socket _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return true;
    } catch (IOException _) {
      return false;
    }
  }

  /// S3Proxy, its objects in memory.
  static Server s3(Path work) throws IOException {
    int port = freePort();
    return s3(work, port, "s3proxy.endpoint=http://127.0.0.1:" + port);
  }

  /// The same behind https.
  static Server s3(Path work, Certificate certificate) throws IOException {
    int port = freePort();
    return s3(
        work,
        port,
        """
        s3proxy.secure-endpoint=https://127.0.0.1:%d
        s3proxy.keystore-path=%s
        s3proxy.keystore-password=%s"""
            .formatted(port, certificate.keyStore(), Certificate.PASSWORD));
  }

  private static Server s3(Path work, int port, String endpoint) throws IOException {
    Path properties = work.resolve("s3proxy.properties");
    Files.writeString(
        properties,
        """
        s3proxy.authorization=aws-v2-or-v4
        s3proxy.identity=local-identity
        s3proxy.credential=local-credential
        jclouds.provider=transient-nio2
        jclouds.identity=x
        jclouds.credential=x
        """
            + endpoint);
    return java(
        "s3proxy",
        work,
        port,
        List.of("-Xmx1g", "-XX:+UseSerialGC"),
        "org.gaul.s3proxy.Main",
        "--properties",
        properties.toString());
  }

  /// Amazon's DynamoDB for tests, its items in memory.
  static Server dynamodb(Path work) {
    int port = freePort();
    return java(
        "dynamodb",
        work,
        port,
        List.of("-Xmx768m", "-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED"),
        "com.amazonaws.services.dynamodbv2.local.main.ServerRunner",
        "-inMemory",
        "-port",
        Integer.toString(port),
        "-disableTelemetry");
  }

  /// Google's emulator of Bigtable.
  static Server bigtable(Path work) {
    int port = freePort();
    return start(
        List.of(
            folder("bigtable").resolve("cbtemulator").toString(),
            "-host",
            "127.0.0.1",
            "-port",
            Integer.toString(port)),
        work,
        port);
  }

  /// fake-gcs-server, its objects in memory.
  static Server gcs(Path work) {
    int port = freePort();
    String url = "http://127.0.0.1:" + port;
    return start(
        List.of(
            folder("gcs").resolve("fake-gcs-server").toString(),
            "-backend",
            "memory",
            "-scheme",
            "http",
            "-host",
            "127.0.0.1",
            "-port",
            Integer.toString(port),
            "-public-host",
            "127.0.0.1:" + port,
            "-external-url",
            url),
        work,
        port);
  }

  /// Azurite, its blobs in memory.
  static Server azure(Path work) {
    return azure(work, List.of());
  }

  /// The same behind https.
  static Server azure(Path work, Certificate certificate) {
    return azure(
        work, List.of("--cert", certificate.keyStore().toString(), "--pwd", Certificate.PASSWORD));
  }

  private static Server azure(Path work, List<String> security) {
    int port = freePort();
    List<String> command = new ArrayList<>();
    command.add("node");
    command.add(folder("azurite").resolve("node_modules/azurite/dist/src/blob/main.js").toString());
    command.addAll(
        List.of(
            "--inMemoryPersistence",
            "--blobHost",
            "127.0.0.1",
            "--blobPort",
            Integer.toString(port),
            "--skipApiVersionCheck",
            "--disableTelemetry",
            "--silent"));
    command.addAll(security);
    return start(command, work, port);
  }
}
