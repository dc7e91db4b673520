package io.pallium.server.api;

import io.pallium.base.memory.MemoryBudget;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;

/// What the query API says about itself.
final class ReadMetrics {
  private final Histogram durations;

  ReadMetrics(PrometheusRegistry registry, QueryGate gate, MemoryBudget budget) {
    this.durations =
        Histogram.builder()
            .name("pallium_query_api_request_duration_seconds")
            .help("Time to answer calls of the query API.")
            .labelNames("endpoint", "status")
            .classicOnly()
            .classicUpperBounds(0.001, 0.005, 0.025, 0.1, 0.5, 1, 2.5, 10, 60)
            .register(registry);
    GaugeWithCallback.builder()
        .name("pallium_query_api_running")
        .help("Calls of the query API that are worked on.")
        .callback(callback -> callback.call(gate.runningCount()))
        .register(registry);
    GaugeWithCallback.builder()
        .name("pallium_query_api_waiting")
        .help("Calls of the query API that wait for a place.")
        .callback(callback -> callback.call(gate.waitingCount()))
        .register(registry);
    GaugeWithCallback.builder()
        .name("pallium_query_memory_reserved_bytes")
        .help("Memory that running queries have reserved.")
        .callback(callback -> callback.call(budget.reservedBytes()))
        .register(registry);
  }

  void observe(String endpoint, int status, long nanos) {
    durations.labelValues(endpoint, Integer.toString(status)).observe(nanos / 1e9);
  }
}
