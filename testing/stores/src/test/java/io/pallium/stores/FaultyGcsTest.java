package io.pallium.stores;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/// Google Cloud Storage whose server and connections fail.
@Tag("system")
class FaultyGcsTest extends FaultyHttpStoreContract {
  private static RunningStore running;

  @BeforeAll
  static void start(@TempDir Path work) {
    running = RunningStore.gcs(work);
  }

  @AfterAll
  static void stop() throws Exception {
    Servers.close(running);
  }

  @Override
  RunningStore running() {
    return running;
  }

  @Override
  List<String> smallParts() {
    return List.of("--storage.gcs.piece-size=256KiB");
  }

  @Override
  long largeBytes() {
    return 900_000;
  }

  /// The JDK's connections ask again once by themselves where a connection that was used before
  /// ends without an answer, unless they have sent something.
  @Override
  int requestsPerTry() {
    return 2;
  }

  @Override
  HttpProxy.Words words() {
    return new HttpProxy.Words(
        error(429, "rateLimitExceeded", "The rate of requests is too high."),
        error(503, "backendError", "We encountered an internal error. Please try again."));
  }

  private static HttpMessage error(int status, String reason, String message) {
    return HttpProxy.answer(
        status,
        "Content-Type: application/json\r\n",
        """
        {"error": {"code": %d, "message": "%3$s", "errors": [{"reason": "%2$s", "message": "%3$s"}]}}
        """
            .formatted(status, reason, message));
  }
}
