package io.pallium.objectstore.layer;

import io.pallium.objectstore.StoreException;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.Locale;

/// The metrics of a store for objects.
public final class StoreMetrics {
  private final Counter requests;
  private final Histogram durations;
  private final Counter sentBytes;
  private final Counter receivedBytes;

  public StoreMetrics(PrometheusRegistry registry) {
    requests =
        Counter.builder()
            .name("pallium_objectstore_requests_total")
            .help("Requests to the store for objects, each try counted.")
            .labelNames("operation", "outcome")
            .register(registry);
    durations =
        Histogram.builder()
            .name("pallium_objectstore_request_duration_seconds")
            .help("Time of requests to the store for objects, failed ones included.")
            .labelNames("operation")
            .classicOnly()
            .classicUpperBounds(0.001, 0.005, 0.025, 0.1, 0.5, 1, 2.5, 10, 60)
            .register(registry);
    sentBytes =
        Counter.builder()
            .name("pallium_objectstore_sent_bytes_total")
            .help("Bytes of objects written to the store.")
            .register(registry);
    receivedBytes =
        Counter.builder()
            .name("pallium_objectstore_received_bytes_total")
            .help("Bytes of objects read from the store.")
            .register(registry);
  }

  /// The value of the `outcome` label.
  static String label(StoreException.Kind kind) {
    return kind.name().toLowerCase(Locale.ROOT);
  }

  void observe(Operation operation, String outcome, long nanos) {
    requests.labelValues(operation.toString(), outcome).inc();
    durations.labelValues(operation.toString()).observe(nanos / 1e9);
  }

  void sent(long bytes) {
    sentBytes.inc(bytes);
  }

  void received(long bytes) {
    receivedBytes.inc(bytes);
  }
}
