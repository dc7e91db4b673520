package io.pallium.it;

import io.pallium.server.scrape.RemoteWriteBody;
import io.pallium.testkit.process.PalliumProcess;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/// Writes one sample several times a second straight to Pallium and repeats nothing: what finds
/// Pallium away is lost, and what comes as soon as it is back is newer than any backlog.
final class SteadySender implements AutoCloseable {
  static final String METRIC = "steady_time_seconds";

  private final Topology system;
  private final String tenant;
  private final ConcurrentSkipListSet<Long> acknowledgedMs = new ConcurrentSkipListSet<>();
  private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();

  SteadySender(Topology system, String tenant) {
    this.system = system;
    this.tenant = tenant;
    var unused = thread.scheduleWithFixedDelay(this::send, 0, 200, TimeUnit.MILLISECONDS);
  }

  /// The times of all samples that were acknowledged.
  Set<Long> acknowledgedMs() {
    return Set.copyOf(acknowledgedMs);
  }

  /// Whether a sample of that time or later was acknowledged.
  boolean isHeardSince(long timeMs) {
    return acknowledgedMs.ceiling(timeMs) != null;
  }

  @Override
  public void close() {
    thread.close();
  }

  private void send() {
    long nowMs = System.currentTimeMillis();
    RemoteWriteBody body = new RemoteWriteBody();
    body.add(Map.of("__name__", METRIC), nowMs, nowMs / 1000.0);
    PalliumProcess writer = system.writer();
    try {
      if (writer.push(tenant, body.toCompressedBytes()).statusCode() == 204) {
        acknowledgedMs.add(nowMs);
      }
    } catch (IOException | IllegalStateException e) {
      // Away, or its client was closed for the next process: this sender does not mind.
    }
  }
}
