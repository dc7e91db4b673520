package io.pallium.tsdb.compact;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;

/// What is said about compaction and retention.
public final class CompactionMetrics {
  final Counter compactions;
  private final Counter failures;
  final Counter writtenBytes;
  final Counter seconds;
  final Counter expiredBlocks;

  public CompactionMetrics(PrometheusRegistry registry) {
    compactions =
        counter(registry, "pallium_compactions_total", "Compactions of blocks that were done.");
    failures =
        counter(
            registry,
            "pallium_compaction_failures_total",
            "Compactions that failed, and removals of blocks that did.");
    writtenBytes =
        counter(
            registry,
            "pallium_compaction_written_bytes_total",
            "Bytes of chunks that compactions wrote.");
    seconds =
        counter(
            registry,
            "pallium_compaction_seconds_total",
            "Time that compactions took, waits included.");
    expiredBlocks =
        counter(
            registry,
            "pallium_retention_removed_blocks_total",
            "Blocks that were removed because of their age or of the size of all.");
  }

  /// Counts a failure.
  public void failure() {
    failures.inc();
  }

  private static Counter counter(PrometheusRegistry registry, String name, String help) {
    return Counter.builder().name(name).help(help).register(registry);
  }
}
