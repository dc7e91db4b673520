package io.pallium.server;

import io.pallium.tsdb.log.LogReplayProgress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells how far the replay of the log has come: in the log every few seconds, on `/ready` always.
final class ReplayProgress implements LogReplayProgress {
  private static final Logger log = LoggerFactory.getLogger(ReplayProgress.class);
  private static final long LOG_INTERVAL_NANOS = 5_000_000_000L;

  private final Readiness readiness;
  private long loggedNanos = System.nanoTime();

  ReplayProgress(Readiness readiness) {
    this.readiness = readiness;
    readiness.waitFor("replay", "the log is opened");
  }

  @Override
  public void update(int filesDone, int filesTotal, long bytesDone, long bytesTotal) {
    long percent = bytesTotal == 0 ? 100 : bytesDone * 100 / bytesTotal;
    readiness.waitFor(
        "replay",
        percent
            + " % of "
            + bytesTotal / 1_000_000
            + " MB, file "
            + filesDone
            + " of "
            + filesTotal);
    long now = System.nanoTime();
    if (now - loggedNanos >= LOG_INTERVAL_NANOS) {
      loggedNanos = now;
      log.info(
          "replaying the log, percent={} file={} files={} bytes={}",
          percent,
          filesDone,
          filesTotal,
          bytesTotal);
    }
  }

  /// The replay is over.
  void end() {
    readiness.done("replay");
  }
}
