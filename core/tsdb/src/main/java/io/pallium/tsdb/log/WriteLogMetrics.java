package io.pallium.tsdb.log;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.Unit;

/// What the log says about itself.
public final class WriteLogMetrics {
  final Counter records;
  final Counter bytes;
  final Histogram forceSeconds;
  final Counter refusedReservations;
  final Counter damage;
  final Counter truncatedSegments;
  final Gauge segments;
  final Gauge pendingBytes;
  final Gauge healthy;

  /// Registers the metrics.
  public WriteLogMetrics(PrometheusRegistry registry) {
    records =
        Counter.builder()
            .name("pallium_log_records_total")
            .help("Records that were written to the write log.")
            .register(registry);
    bytes =
        Counter.builder()
            .name("pallium_log_written_bytes_total")
            .help("Bytes of records that were written to the write log.")
            .register(registry);
    forceSeconds =
        Histogram.builder()
            .name("pallium_log_commit_seconds")
            .help("Time to write and force a group of records.")
            .unit(Unit.SECONDS)
            .classicOnly()
            .classicUpperBounds(
                0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5)
            .register(registry);
    refusedReservations =
        Counter.builder()
            .name("pallium_log_refused_reservations_total")
            .help("Appends that were refused because the log had no room for them.")
            .register(registry);
    damage =
        Counter.builder()
            .name("pallium_log_replay_damage_total")
            .help("Places in the write log that could not be read, by kind.")
            .labelNames("kind")
            .register(registry);
    truncatedSegments =
        Counter.builder()
            .name("pallium_log_truncated_segments_total")
            .help("Segments that were removed because blocks hold their samples.")
            .register(registry);
    segments =
        Gauge.builder()
            .name("pallium_log_segments")
            .help("Segments that the write log has now.")
            .register(registry);
    pendingBytes =
        Gauge.builder()
            .name("pallium_log_pending_bytes")
            .help("Room taken in the buffer between appenders and disk.")
            .unit(Unit.BYTES)
            .register(registry);
    healthy =
        Gauge.builder()
            .name("pallium_log_healthy")
            .help("Whether the write log takes records: 0 after a write or force has failed.")
            .register(registry);
    for (LogReplayReport.DamageKind kind : LogReplayReport.DamageKind.values()) {
      damage.initLabelValues(label(kind));
    }
  }

  static String label(LogReplayReport.DamageKind kind) {
    return switch (kind) {
      case TORN_TAIL -> "torn_tail";
      case UNREADABLE -> "unreadable";
      case BAD_RECORD -> "bad_record";
      case UNSUPPORTED -> "unsupported";
      case BAD_FILE -> "bad_file";
      case MISSING_FILE -> "missing_file";
    };
  }
}
