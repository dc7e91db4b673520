package io.pallium.tsdb.head;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;

/// What the head counts.
public final class HeadMetrics {
  final Counter samplesAppended;
  final Counter outOfOrderSamples;
  final Counter seriesCreated;
  final Counter seriesRemoved;
  final Counter replayedSamples;
  final Counter unknownReplayedSamples;
  final Counter lostChunks;

  /// Registers the metrics.
  public HeadMetrics(PrometheusRegistry registry) {
    samplesAppended =
        Counter.builder()
            .name("pallium_head_samples_appended_total")
            .help("Samples that were stored in the head and had not been stored before.")
            .register(registry);
    outOfOrderSamples =
        Counter.builder()
            .name("pallium_head_out_of_order_samples_appended_total")
            .help("Samples among them that were older than the newest of their series.")
            .register(registry);
    seriesCreated =
        Counter.builder()
            .name("pallium_head_series_created_total")
            .help("Series that were made in the head.")
            .register(registry);
    seriesRemoved =
        Counter.builder()
            .name("pallium_head_series_removed_total")
            .help("Series that left the head.")
            .register(registry);
    replayedSamples =
        Counter.builder()
            .name("pallium_head_replayed_samples_total")
            .help("Samples that came back from the log at the start.")
            .register(registry);
    unknownReplayedSamples =
        Counter.builder()
            .name("pallium_head_replay_unknown_samples_total")
            .help("Samples in the log whose series or tenant is unknown: left out at the start.")
            .register(registry);
    lostChunks =
        Counter.builder()
            .name("pallium_head_lost_chunks_total")
            .help(
                "Chunks that could not be read, nor all their samples in the log: left out of a cut.")
            .register(registry);
  }
}
