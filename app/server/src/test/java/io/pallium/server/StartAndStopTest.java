package io.pallium.server;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/// Starting and stopping a process with nothing to do.
class StartAndStopTest {
  @TempDir Path directory;

  @Test
  void nothingIsWarnedOfWhenAllIsWell() {
    Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    ListAppender<ILoggingEvent> seen = new ListAppender<>();
    seen.start();
    root.addAppender(seen);
    try {
      TestServer.start(directory).close();
    } finally {
      root.detachAppender(seen);
    }

    assertThat(List.copyOf(seen.list))
        .filteredOn(event -> event.getLevel().isGreaterOrEqual(Level.WARN))
        .extracting(ILoggingEvent::getFormattedMessage)
        .isEmpty();
  }

  /// The threads of the HTTP server would wait for two seconds by themselves, each time.
  @Test
  void anIdleServerStopsWithoutWaiting() {
    Duration shortest = Duration.ofDays(1);
    for (int i = 0; i < 3; i++) {
      Duration took = stop(TestServer.start(directory.resolve("data-" + i)));
      shortest = took.compareTo(shortest) < 0 ? took : shortest;
    }

    assertThat(shortest).isLessThan(Duration.ofSeconds(2));
  }

  private static Duration stop(TestServer server) {
    assertThat(server.get("/-/healthy").status()).isEqualTo(200);
    long startNanos = System.nanoTime();
    server.close();
    return Duration.ofNanos(System.nanoTime() - startNanos);
  }
}
