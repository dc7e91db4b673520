package io.pallium.stores;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/// Azure Blob Storage whose server and connections fail.
@Tag("system")
class FaultyAzureTest extends FaultyHttpStoreContract {
  private static RunningStore running;

  @BeforeAll
  static void start(@TempDir Path work) {
    running = RunningStore.azure(work);
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
    return List.of("--storage.azure.block-size=256KiB");
  }

  @Override
  long largeBytes() {
    return 900_000;
  }

  @Override
  HttpProxy.Words words() {
    return new HttpProxy.Words(
        error(503, "ServerBusy", "The server is busy."),
        error(500, "InternalError", "The server encountered an internal error."));
  }

  private static HttpMessage error(int status, String code, String message) {
    return HttpProxy.answer(
        status,
        "Content-Type: application/xml\r\nx-ms-error-code: " + code + "\r\n",
        "<?xml version=\"1.0\"?><Error><Code>%s</Code><Message>%s</Message></Error>"
            .formatted(code, message));
  }
}
