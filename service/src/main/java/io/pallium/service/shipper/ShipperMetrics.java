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
  final Counter sweptBlocks;
  final Gauge waitingBlocks;
  final Gauge damagedBlocks;

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
    sweptBlocks =
        counter(
            registry,
            "pallium_shipper_swept_blocks_total",
            "Folders of the store that an upload left which broke off, and that were removed.");
    waitingBlocks =
        gauge(
            registry,
            "pallium_shipper_waiting_blocks",
            "Blocks that were not in the store yet at the end of the last round.");
    damagedBlocks =
        gauge(
            registry,
            "pallium_shipper_damaged_blocks",
            "Blocks of the store that are not listed because their meta.json cannot be understood.");
  }

  private static Gauge gauge(PrometheusRegistry registry, String name, String help) {
    return Gauge.builder().name(name).help(help).register(registry);
  }

  private static Counter counter(PrometheusRegistry registry, String name, String help) {
    return Counter.builder().name(name).help(help).register(registry);
  }
}
