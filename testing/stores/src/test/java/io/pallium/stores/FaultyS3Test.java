package io.pallium.stores;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pallium.objectstore.ObjectStore;
import io.pallium.objectstore.StoreException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// S3 whose server and connections fail.
@Tag("system")
class FaultyS3Test extends FaultyHttpStoreContract {
  private static RunningStore running;

  @BeforeAll
  static void start(@TempDir Path work) throws Exception {
    running = RunningStore.s3(work);
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
    return List.of("--storage.s3.part-size=5MiB");
  }

  @Override
  long largeBytes() {
    return 11 << 20;
  }

  @Override
  boolean canHang(String request) {
    return !request.contains("upload");
  }

  @Override
  HttpProxy.Words words() {
    return new HttpProxy.Words(
        error(503, "SlowDown", "Please reduce your request rate."),
        error(500, "InternalError", "We encountered an internal error. Please try again."));
  }

  @Test
  void uploadThatIsInterruptedIsAborted() throws InterruptedException {
    CountDownLatch partCame = new CountDownLatch(1);
    CountDownLatch abortCame = new CountDownLatch(1);
    try (ObjectStore store = openBehindProxy()) {
      plan(
          request -> {
            if (request.startsWith("DELETE") && request.contains("uploadId=")) {
              abortCame.countDown();
            }
            if (request.contains("partNumber=2")) {
              partCame.countDown();
              return Fault.HANG;
            }
            return Fault.NONE;
          });
      Thread writer =
          Thread.ofVirtual()
              .start(
                  () ->
                      assertThatThrownBy(() -> store.put("aborted", new Version(1, largeBytes())))
                          .isInstanceOf(StoreException.class));
      partCame.await();

      writer.interrupt();

      assertThat(abortCame.await(20, TimeUnit.SECONDS)).as("the upload is aborted").isTrue();
      assertThat(writer.join(Duration.ofSeconds(20))).isTrue();
      assertThat(store.attributes("aborted")).isEmpty();
    }
  }

  /// S3 begins to answer before it knows how the completion of an upload goes.
  @Test
  void failureBehindAnAnswerThatBeganWellIsTriedAgain() {
    AtomicBoolean isFirst = new AtomicBoolean(true);
    try (ObjectStore store = openBehindProxy()) {
      plan(
          request ->
              request.startsWith("POST")
                      && request.contains("uploadId=")
                      && isFirst.getAndSet(false)
                  ? Fault.ERROR_IN_SUCCESS
                  : Fault.NONE);

      String version = store.put("completed", new Version(1, largeBytes()));

      assertThat(isFirst).isFalse();
      assertThat(store.attributes("completed").orElseThrow().version()).isEqualTo(version);
      store.delete("completed");
    }
  }

  private static HttpMessage error(int status, String code, String message) {
    return HttpProxy.answer(
        status,
        "Content-Type: application/xml\r\n",
        "<?xml version=\"1.0\"?><Error><Code>%s</Code><Message>%s</Message></Error>"
            .formatted(code, message));
  }
}
