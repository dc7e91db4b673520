package io.pallium.tsdb.log;

import io.pallium.base.config.Doc;
import java.time.Duration;

/// How the local log works.
///
/// @param isForced whether records are forced to the disk before they are acknowledged; without it
///   they survive the end of the process but not of the machine
/// @param groupWindow how long the first record of a group waits for appenders that have reserved
///   room and have not appended yet
/// @param segmentBytes size at which a segment is closed
/// @param bufferBytes room for records that are not on the disk yet
/// @param reserveTimeout how long an appender waits for room
/// @param maxSegments number of segments above which the log asks for cuts
/// @param minFreeBytes free disk space below which appends are refused
public record LogConfig(
    @Doc(
            "Whether records are forced to the disk before they are acknowledged. Without it they survive the end of the process but not of the machine.")
        boolean isForced,
    @Doc("How long the first record of a group waits for others that are about to come.")
        Duration groupWindow,
    @Doc("Size at which a segment is closed.") long segmentBytes,
    @Doc("Room for records that are not on the disk yet.") long bufferBytes,
    @Doc("How long a write waits for room before it is answered with 503.") Duration reserveTimeout,
    @Doc("Number of segments above which the log asks for blocks to be cut.") int maxSegments,
    @Doc("Free disk space below which writes are answered with 503.") long minFreeBytes) {

  public LogConfig {
    if (groupWindow.isNegative() || groupWindow.compareTo(Duration.ofSeconds(1)) > 0) {
      throw new IllegalArgumentException(
          "log group window is " + groupWindow + ", allowed is 0s to 1s");
    }
    if (segmentBytes < 4096 || segmentBytes > 1L << 30) {
      throw new IllegalArgumentException(
          "log segment size is " + segmentBytes + " bytes, allowed is 4096 to " + (1L << 30));
    }
    if (bufferBytes < 4096 || bufferBytes > 1L << 30) {
      throw new IllegalArgumentException(
          "log buffer size is " + bufferBytes + " bytes, allowed is 4096 to " + (1L << 30));
    }
    if (reserveTimeout.isNegative()) {
      throw new IllegalArgumentException("log reserve timeout is negative: " + reserveTimeout);
    }
    if (maxSegments < 2) {
      throw new IllegalArgumentException(
          "log segment maximum is " + maxSegments + ", the least is 2");
    }
    if (minFreeBytes < 0) {
      throw new IllegalArgumentException("log free space minimum is negative: " + minFreeBytes);
    }
  }

  /// Forced, 2 ms, segments of 128 MiB.
  public static LogConfig defaults() {
    return new LogConfig(
        true, Duration.ofMillis(2), 128L << 20, 128L << 20, Duration.ofSeconds(5), 128, 256L << 20);
  }
}
