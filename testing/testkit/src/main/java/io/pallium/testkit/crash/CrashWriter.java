package io.pallium.testkit.crash;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/// A process that writes to a system that is killed now and then, as Prometheus would: each batch
/// is sent again until it is acknowledged, and only then the next one. Before a batch is sent
/// first, and after it is acknowledged, the sender's journal says so.
///
/// Arguments: URL for writes, folder for journals, time of the first batch in ms. Ends when the
/// folder has a file `stop`; a refused batch is an error.
public final class CrashWriter {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);
  private static final long RETRY_NANOS = 20_000_000L;

  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();
  private final URI url;
  private final Path folder;
  private final long firstTimeMs;

  private CrashWriter(URI url, Path folder, long firstTimeMs) {
    this.url = url;
    this.folder = folder;
    this.firstTimeMs = firstTimeMs;
  }

  /// Runs the senders.
  public static void main(String[] args) throws InterruptedException {
    CrashWriter writer =
        new CrashWriter(URI.create(args[0]), Path.of(args[1]), Long.parseLong(args[2]));
    List<Thread> senders = new ArrayList<>();
    for (int i = 0; i < CrashLoad.SENDERS; i++) {
      int sender = i;
      senders.add(Thread.ofPlatform().start(() -> writer.send(sender)));
    }
    for (Thread sender : senders) {
      sender.join();
    }
  }

  private void send(int sender) {
    try (Writer journal =
        Files.newBufferedWriter(
            folder.resolve(CrashLoad.journal(sender)), StandardCharsets.UTF_8)) {
      for (long batch = 0; !Files.exists(folder.resolve("stop")); batch++) {
        note(journal, "sent", batch);
        HttpRequest request = request(sender, batch);
        while (!isAcknowledged(request)) {
          LockSupport.parkNanos(RETRY_NANOS);
        }
        note(journal, "acknowledged", batch);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean isAcknowledged(HttpRequest request) {
    try {
      HttpResponse<String> response =
          client.send(request, HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
      if (response.statusCode() / 100 == 4 && response.statusCode() != 429) {
        System.out.println("refused: " + response.statusCode() + " " + response.body());
        System.exit(1);
      }
      return response.statusCode() / 100 == 2;
    } catch (IOException down) {
      return false;
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts a sender", e);
    }
  }

  private HttpRequest request(int sender, long batch) {
    RemoteWriteBody body = new RemoteWriteBody();
    for (int series = 0; series < CrashLoad.SERIES; series++) {
      body.add(
          firstTimeMs + batch * CrashLoad.STEP_MS,
          CrashLoad.value(sender, series, batch),
          "__name__",
          CrashLoad.METRIC,
          "sender",
          Integer.toString(sender),
          "series",
          Integer.toString(series));
    }
    return HttpRequest.newBuilder(url)
        .timeout(TIMEOUT)
        .header("Content-Type", "application/x-protobuf")
        .header("Content-Encoding", "snappy")
        .header("X-Prometheus-Remote-Write-Version", "0.1.0")
        .POST(HttpRequest.BodyPublishers.ofByteArray(body.toBytes()))
        .build();
  }

  private static void note(Writer journal, String what, long batch) throws IOException {
    journal.write(what + " " + batch + "\n");
    journal.flush();
  }
}
