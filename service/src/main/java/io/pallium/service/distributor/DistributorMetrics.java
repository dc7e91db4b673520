package io.pallium.service.distributor;

import io.pallium.base.ErrorKind;
import io.pallium.base.PalliumException;
import io.pallium.model.RejectReason;
import io.pallium.model.TenantId;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.Locale;
import java.util.function.LongSupplier;

/// The distributor's metrics. The `tenant` label is bounded by the tenants that write; their series
/// go when the tenant has been idle.
final class DistributorMetrics {
  private final Counter receivedSamples;
  private final Counter receivedExemplars;
  private final Counter receivedMetadata;
  private final Counter discardedSamples;
  private final Counter discardedExemplars;
  private final Counter discardedMetadata;
  private final Counter failedRequests;
  private final Counter resentSeries;
  private final Counter aliasSheds;

  DistributorMetrics(
      PrometheusRegistry registry,
      LongSupplier inflightBytes,
      LongSupplier inflightRequests,
      LongSupplier aliasBytes) {
    receivedSamples =
        counter(
            registry,
            "pallium_distributor_received_samples_total",
            "Float and histogram samples that came in valid requests, refused ones included.",
            "tenant");
    receivedExemplars =
        counter(
            registry,
            "pallium_distributor_received_exemplars_total",
            "Exemplars that came in valid requests, refused ones included.",
            "tenant");
    receivedMetadata =
        counter(
            registry,
            "pallium_distributor_received_metadata_total",
            "Metadata entries that came in valid requests, refused ones included.",
            "tenant");
    discardedSamples =
        counter(
            registry,
            "pallium_discarded_samples_total",
            "Samples that were refused for good.",
            "reason",
            "tenant");
    discardedExemplars =
        counter(
            registry,
            "pallium_discarded_exemplars_total",
            "Exemplars that were refused for good.",
            "reason",
            "tenant");
    discardedMetadata =
        counter(
            registry,
            "pallium_discarded_metadata_total",
            "Metadata entries that were refused for good.",
            "reason",
            "tenant");
    failedRequests =
        counter(
            registry,
            "pallium_distributor_failed_requests_total",
            "Write requests that were refused or failed as a whole; tenant is empty if not known.",
            "kind",
            "tenant");
    resentSeries =
        Counter.builder()
            .name("pallium_distributor_resent_series_total")
            .help("Series sent again with labels because the ingester did not know their ref.")
            .register(registry);
    aliasSheds =
        Counter.builder()
            .name("pallium_distributor_alias_cache_sheds_total")
            .help(
                "How often the largest alias cache gave up memory because all together had used"
                    + " up theirs.")
            .register(registry);
    gauge(
        registry,
        "pallium_distributor_alias_cache_bytes",
        "Memory of the alias caches of all tenants.",
        aliasBytes);
    gauge(
        registry,
        "pallium_distributor_inflight_bytes",
        "Bytes of decompressed requests in work and of what is decoded from them.",
        inflightBytes);
    gauge(
        registry,
        "pallium_distributor_inflight_requests",
        "Write requests in work.",
        inflightRequests);
  }

  /// Counts what a valid request brought.
  void received(TenantId tenant, long samples, long exemplars, long metadata) {
    increment(receivedSamples, samples, tenant.value());
    increment(receivedExemplars, exemplars, tenant.value());
    increment(receivedMetadata, metadata, tenant.value());
  }

  /// Counts what of a request was refused.
  void discarded(TenantId tenant, Rejections rejections) {
    if (rejections.isEmpty()) {
      return;
    }
    for (RejectReason reason : RejectReason.values()) {
      discarded(
          tenant,
          reason,
          rejections.count(Rejections.Kind.SAMPLE, reason),
          rejections.count(Rejections.Kind.EXEMPLAR, reason),
          rejections.count(Rejections.Kind.METADATA, reason));
    }
  }

  void discarded(
      TenantId tenant, RejectReason reason, long samples, long exemplars, long metadata) {
    increment(discardedSamples, samples, reason.metricLabel(), tenant.value());
    increment(discardedExemplars, exemplars, reason.metricLabel(), tenant.value());
    increment(discardedMetadata, metadata, reason.metricLabel(), tenant.value());
  }

  /// Counts a request that was refused or failed as a whole, by the kind of the error.
  void failed(String tenant, Throwable error) {
    failedRequests
        .labelValues(error instanceof PalliumException e ? kind(e.kind()) : "internal", tenant)
        .inc();
  }

  private static String kind(ErrorKind kind) {
    return kind.name().toLowerCase(Locale.ROOT);
  }

  void resent(long series) {
    resentSeries.inc(series);
  }

  void shedAliases() {
    aliasSheds.inc();
  }

  /// Forgets the series of a tenant that has been idle, but for what it was refused.
  void remove(TenantId tenant) {
    receivedSamples.remove(tenant.value());
    receivedExemplars.remove(tenant.value());
    receivedMetadata.remove(tenant.value());
    for (ErrorKind kind : ErrorKind.values()) {
      failedRequests.remove(kind(kind), tenant.value());
    }
    failedRequests.remove("internal", tenant.value());
  }

  private static void increment(Counter counter, long amount, String... labels) {
    if (amount > 0) {
      counter.labelValues(labels).inc(amount);
    }
  }

  private static Counter counter(
      PrometheusRegistry registry, String name, String help, String... labels) {
    return Counter.builder().name(name).help(help).labelNames(labels).register(registry);
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
