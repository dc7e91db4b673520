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
/// first, and after it is acknowledged, the sender's journal says so. Now and then a body follows
/// that must be refused: an acknowledged sample with another value, and one that is out of order.
///
/// Arguments: URL for writes, folder for journals, time of the first batch in ms. Ends when the
/// folder has a file `stop`; any other answer than the expected one is an error.
public final class CrashWriter {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);
  private static final long RETRY_NANOS = 20_000_000L;
  private static final int REFUSED_EVERY = 8;

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
        sendUntilAnswered(body(sender, batch), 2);
        note(journal, "acknowledged", batch);
        if (batch % REFUSED_EVERY == 0) {
          sendUntilAnswered(refusedBody(sender, batch), 4);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Sends a body until there is an answer that says what was done with it.
  ///
  /// @param expected the first digit of the only status that is right
  private void sendUntilAnswered(byte[] body, int expected) {
    HttpRequest request = request(body);
    while (true) {
      try {
        HttpResponse<String> response =
            client.send(request, HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
        int status = response.statusCode();
        if (status / 100 == expected && status != 429) {
          return;
        }
        if (status / 100 != 5 && status != 429) {
          System.out.println("not the right answer: " + status + " " + response.body());
          System.exit(1);
        }
      } catch (IOException down) {
        // Killed, or not yet back: sent again.
      } catch (InterruptedException e) {
        throw new IllegalStateException("nobody interrupts a sender", e);
      }
      LockSupport.parkNanos(RETRY_NANOS);
    }
  }

  private byte[] body(int sender, long batch) {
    RemoteWriteBody body = new RemoteWriteBody();
    for (int series = 0; series < CrashLoad.SERIES; series++) {
      add(body, sender, series, timeMs(batch), CrashLoad.value(sender, series, batch));
    }
    return body.toBytes();
  }

  private byte[] refusedBody(int sender, long acknowledged) {
    RemoteWriteBody body = new RemoteWriteBody();
    add(body, sender, 0, timeMs(acknowledged), -1);
    add(body, sender, 1, timeMs(acknowledged) - CrashLoad.STEP_MS / 2, -1);
    return body.toBytes();
  }

  private long timeMs(long batch) {
    return firstTimeMs + batch * CrashLoad.STEP_MS;
  }

  private static void add(
      RemoteWriteBody body, int sender, int series, long timestampMs, double value) {
    body.add(
        timestampMs,
        value,
        "__name__",
        CrashLoad.METRIC,
        "sender",
        Integer.toString(sender),
        "series",
        Integer.toString(series));
  }

  private HttpRequest request(byte[] body) {
    return HttpRequest.newBuilder(url)
        .timeout(TIMEOUT)
        .header("Content-Type", "application/x-protobuf")
        .header("Content-Encoding", "snappy")
        .header("X-Prometheus-Remote-Write-Version", "0.1.0")
        .POST(HttpRequest.BodyPublishers.ofByteArray(body))
        .build();
  }

  private static void note(Writer journal, String what, long batch) throws IOException {
    journal.write(what + " " + batch + "\n");
    journal.flush();
  }
}
