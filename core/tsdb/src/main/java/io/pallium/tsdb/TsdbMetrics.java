package io.pallium.tsdb;

import io.pallium.tsdb.block.Blocks;
import io.pallium.tsdb.head.Head.HeadStats;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// What the database says about its life cycle.
final class TsdbMetrics {
  final Counter cuts;
  final Counter failedCuts;
  final Gauge replaySeconds;

  TsdbMetrics(
      PrometheusRegistry registry, Supplier<HeadStats> stats, Supplier<List<Blocks>> blocks) {
    gauge(
        registry,
        "pallium_blocks",
        "Blocks that are open.",
        () -> blocks.get().stream().mapToLong(each -> each.readers().size()).sum());
    gauge(
        registry,
        "pallium_blocks_bytes",
        "Size of indexes and chunks of all blocks that are open.",
        () -> blocks.get().stream().mapToLong(Blocks::lengthBytes).sum());
    gauge(
        registry,
        "pallium_blocks_damaged",
        "Blocks that could not be opened: queries of their time are refused.",
        () -> blocks.get().stream().mapToLong(Blocks::damagedCount).sum());
    gauge(registry, "pallium_head_series", "Series in the head.", () -> stats.get().series());
    gauge(
        registry,
        "pallium_head_closed_chunks",
        "Chunks in the head that are full.",
        () -> stats.get().closedChunks());
    gauge(
        registry,
        "pallium_head_chunk_bytes",
        "Memory of all chunks in the head.",
        () -> stats.get().chunkBytes());
    gauge(
        registry,
        "pallium_head_index_bytes",
        "Memory of labels and postings in the head.",
        () -> stats.get().indexBytes());
    gauge(
        registry,
        "pallium_head_memory_bytes",
        "Memory of chunks, labels, postings and the columns of series in the head.",
        () -> stats.get().memoryBytes());
    cuts =
        Counter.builder()
            .name("pallium_head_cuts_total")
            .help("Ranges of the head that were cut into blocks.")
            .register(registry);
    failedCuts =
        Counter.builder()
            .name("pallium_head_failed_cuts_total")
            .help("Cuts that failed and will be tried again.")
            .register(registry);
    replaySeconds =
        Gauge.builder()
            .name("pallium_head_replay_seconds")
            .help("Time that the replay of the log took at the last start.")
            .register(registry);
  }

  private static void gauge(
      PrometheusRegistry registry, String name, String help, LongSupplier value) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .callback(callback -> callback.call(value.getAsLong()))
        .register(registry);
  }
}
