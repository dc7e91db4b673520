package io.pallium.service.shipper;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.model.registry.PrometheusRegistry;

/// What is said about shipping.
final class ShipperMetrics {
  final Counter shippedBlocks;
  final Counter shippedBytes;
  final Counter failures;
  final Counter releasedBlocks;
  final Counter expiredBlocks;
  final Gauge waitingBlocks;

  ShipperMetrics(PrometheusRegistry registry) {
    shippedBlocks =
        counter(
            registry,
            "pallium_shipper_blocks_total",
            "Blocks that were copied to the store, read back and listed.");
    shippedBytes =
        counter(registry, "pallium_shipper_bytes_total", "Bytes of files of these blocks.");
    failures =
        counter(
            registry,
            "pallium_shipper_failures_total",
            "Rounds of single tenants that failed; each is tried again.");
    releasedBlocks =
        counter(
            registry,
            "pallium_shipper_released_blocks_total",
            "Local copies that were removed because the store has the block.");
    expiredBlocks =
        counter(
            registry,
            "pallium_shipper_expired_blocks_total",
            "Blocks of the store that were removed because they were past their retention.");
    waitingBlocks =
        Gauge.builder()
            .name("pallium_shipper_waiting_blocks")
            .help("Blocks that were not in the store yet at the end of the last round.")
            .register(registry);
  }

  private static Counter counter(PrometheusRegistry registry, String name, String help) {
    return Counter.builder().name(name).help(help).register(registry);
  }
}
