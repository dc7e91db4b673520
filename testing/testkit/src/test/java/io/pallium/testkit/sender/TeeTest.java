package io.pallium.testkit.sender;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.pallium.model.Labels;
import io.pallium.testkit.crash.RemoteWriteBody;
import io.pallium.testkit.naive.Point;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class TeeTest {
  @Test
  void recordsWhatWasAcknowledgedAndNothingElse() throws IOException, InterruptedException {
    AtomicInteger status = new AtomicInteger(204);
    HttpServer target =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    target.createContext(
        "/",
        exchange -> {
          try (exchange) {
            exchange.getRequestBody().readAllBytes();
            exchange.sendResponseHeaders(status.get(), -1);
          }
        });
    target.start();
    URI url = URI.create("http://127.0.0.1:" + target.getAddress().getPort() + "/");
    try (Tee tee = new Tee(List.of(url), "team-p")) {
      assertThat(push(tee, 1000)).isEqualTo(204);
      status.set(503);
      assertThat(push(tee, 2000)).isEqualTo(503);
      status.set(400);
      assertThat(push(tee, 3000)).isEqualTo(400);
      target.stop(0);
      assertThat(push(tee, 4000)).isEqualTo(503);

      assertThat(tee.acknowledged().series())
          .isEqualTo(
              Map.of(Labels.of("__name__", "up", "job", "x"), List.of(new Point(1000, 1.5))));
      assertThat(tee.away()).isEqualTo(2);
      assertThat(tee.refused()).isEqualTo(1);
    }
  }

  private static int push(Tee tee, long timestampMs) throws IOException, InterruptedException {
    byte[] body =
        new RemoteWriteBody().add(timestampMs, 1.5, "__name__", "up", "job", "x").toBytes();
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client
          .send(
              HttpRequest.newBuilder(tee.url())
                  .header("Content-Encoding", "snappy")
                  .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                  .build(),
              HttpResponse.BodyHandlers.discarding())
          .statusCode();
    }
  }
}
