package io.pallium.service.storegateway;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.function.LongSupplier;

/// What is said about reading blocks of the store.
final class StoreGatewayMetrics {
  final Counter openedBlocks;
  final Counter failedOpenings;
  final Counter loadedHeaders;
  final Counter fetches;
  final Counter fetchedBytes;

  StoreGatewayMetrics(PrometheusRegistry registry, LongSupplier openBlocks) {
    openedBlocks =
        counter(
            registry,
            "pallium_storegateway_block_openings_total",
            "Blocks of the store that were opened for queries.");
    failedOpenings =
        counter(
            registry,
            "pallium_storegateway_block_opening_failures_total",
            "Blocks of the store that did not open: the queries that needed them failed.");
    loadedHeaders =
        counter(
            registry,
            "pallium_storegateway_index_headers_loaded_total",
            "Symbols and tables of blocks that were copied to the local disk.");
    fetches =
        counter(
            registry,
            "pallium_storegateway_fetches_total",
            "Ranges of postings, series and chunks that queries asked for.");
    fetchedBytes =
        counter(
            registry,
            "pallium_storegateway_fetched_bytes_total",
            "Bytes of postings, series and chunks that queries asked for.");
    GaugeWithCallback.builder()
        .name("pallium_storegateway_open_blocks")
        .help("Blocks of the store that are open.")
        .callback(callback -> callback.call(openBlocks.getAsLong()))
        .register(registry);
  }

  private static Counter counter(PrometheusRegistry registry, String name, String help) {
    return Counter.builder().name(name).help(help).register(registry);
  }
}
