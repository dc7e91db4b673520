package io.pallium.tsdb.headchunk;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.Locale;

/// What the files of head chunks count.
public final class HeadChunkMetrics {
  final Gauge files;
  final Gauge bytes;
  final Counter written;
  final Counter damage;
  final Counter quarantined;

  /// Registers the metrics.
  public HeadChunkMetrics(PrometheusRegistry registry) {
    files =
        Gauge.builder()
            .name("pallium_head_chunk_files")
            .help("Files of head chunks.")
            .register(registry);
    bytes =
        Gauge.builder()
            .name("pallium_head_chunk_file_bytes")
            .help("Size of the files of head chunks.")
            .register(registry);
    written =
        Counter.builder()
            .name("pallium_head_chunks_written_total")
            .help("Closed chunks that left memory for a file.")
            .register(registry);
    damage =
        Counter.builder()
            .name("pallium_head_chunk_damage_total")
            .help("Damaged places that the start found in files of head chunks.")
            .labelNames("kind")
            .register(registry);
    for (HeadChunkReport.DamageKind kind : HeadChunkReport.DamageKind.values()) {
      damage.initLabelValues(label(kind));
    }
    quarantined =
        Counter.builder()
            .name("pallium_head_chunk_files_quarantined_total")
            .help("Files of head chunks that could not be read any more while they were mapped.")
            .register(registry);
  }

  static String label(HeadChunkReport.DamageKind kind) {
    return kind.name().toLowerCase(Locale.ROOT);
  }
}
