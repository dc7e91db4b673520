package io.pallium.server.scrape;

import io.pallium.base.clock.TimeSource;
import io.pallium.model.MetricType;
import io.pallium.model.TenantId;
import io.pallium.server.api.PushHandler;
import io.pallium.service.distributor.RemoteWriteVersion;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.DataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.SummarySnapshot;
import io.prometheus.metrics.model.snapshots.UnknownSnapshot;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes this process's own metrics into itself, by the same way that any client's come in, so
/// that a fresh installation has something to ask for.
public final class SelfScrape implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SelfScrape.class);

  private final PrometheusRegistry registry;
  private final PushHandler.Receiver receiver;
  private final TimeSource time;
  private final Duration interval;
  private final String instance;
  private final ScheduledExecutorService scheduler =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("self-scrape").daemon().factory());

  /// @param interval how often
  /// @param instance the value of the `instance` label: the address of this server
  public SelfScrape(
      PrometheusRegistry registry,
      PushHandler.Receiver receiver,
      TimeSource time,
      Duration interval,
      String instance) {
    this.registry = registry;
    this.receiver = receiver;
    this.time = time;
    this.interval = interval;
    this.instance = instance;
  }

  /// Scrapes now and then at every interval.
  public void start() {
    var _ =
        scheduler.scheduleAtFixedRate(
            this::scrapeAndLog, 0, interval.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  public void close() {
    scheduler.shutdownNow();
  }

  private void scrapeAndLog() {
    try {
      scrape();
    } catch (RuntimeException | Error e) {
      // What is thrown here would end all later scrapes without a word.
      log.warn("could not store own metrics", e);
    }
  }

  /// Scrapes once.
  void scrape() {
    long startNanos = time.nowNanos();
    long nowMs = time.nowMs();
    RemoteWriteBody body = new RemoteWriteBody();
    for (MetricSnapshot snapshot : registry.scrape()) {
      new Family(body, snapshot, nowMs).add();
    }
    body.add(labels("up"), nowMs, 1);
    body.add(labels("scrape_duration_seconds"), nowMs, (time.nowNanos() - startNanos) / 1e9);
    byte[] bytes = body.toCompressedBytes();
    var _ =
        receiver
            .push(TenantId.ANONYMOUS, RemoteWriteVersion.V1, bytes, 0, bytes.length)
            .whenComplete(
                (outcome, failure) -> {
                  if (failure != null) {
                    log.warn("could not store own metrics", failure);
                  } else if (!outcome.isComplete()) {
                    log.warn("own metrics were stored only in part: {}", outcome.text());
                  }
                });
  }

  private Map<String, String> labels(String name) {
    Map<String, String> labels = new HashMap<>();
    labels.put("__name__", name);
    labels.put("job", "pallium");
    labels.put("instance", instance);
    return labels;
  }

  /// The samples of one metric family.
  private final class Family {
    private final RemoteWriteBody body;
    private final MetricSnapshot snapshot;
    private final String name;
    private final long nowMs;

    Family(RemoteWriteBody body, MetricSnapshot snapshot, long nowMs) {
      this.body = body;
      this.snapshot = snapshot;
      this.name = snapshot.getMetadata().getPrometheusName();
      this.nowMs = nowMs;
    }

    void add() {
      MetricType type =
          switch (snapshot) {
            case CounterSnapshot counter -> {
              counter.getDataPoints().forEach(p -> sample("_total", p, p.getValue()));
              yield MetricType.COUNTER;
            }
            case GaugeSnapshot gauge -> {
              gauge.getDataPoints().forEach(p -> sample("", p, p.getValue()));
              yield MetricType.GAUGE;
            }
            case UnknownSnapshot unknown -> {
              unknown.getDataPoints().forEach(p -> sample("", p, p.getValue()));
              yield MetricType.UNKNOWN;
            }
            case InfoSnapshot info -> {
              info.getDataPoints().forEach(p -> sample("_info", p, 1));
              yield MetricType.GAUGE;
            }
            case HistogramSnapshot histogram -> {
              histogram.getDataPoints().forEach(this::histogram);
              yield MetricType.HISTOGRAM;
            }
            case SummarySnapshot summary -> {
              summary.getDataPoints().forEach(this::summary);
              yield MetricType.SUMMARY;
            }
            default -> MetricType.UNKNOWN;
          };
      String help = snapshot.getMetadata().getHelp();
      String suffix = type == MetricType.COUNTER ? "_total" : "";
      body.addMetadata(name + suffix, type.ordinal(), help == null ? "" : help);
    }

    private void histogram(HistogramSnapshot.HistogramDataPointSnapshot point) {
      ClassicHistogramBuckets buckets = point.getClassicBuckets();
      long count = 0;
      for (int i = 0; i < buckets.size(); i++) {
        count += buckets.getCount(i);
        Map<String, String> labels = labels("_bucket", point.getLabels());
        double bound = buckets.getUpperBound(i);
        labels.put("le", bound == Double.POSITIVE_INFINITY ? "+Inf" : Double.toString(bound));
        body.add(labels, nowMs, count);
      }
      sample("_count", point, count);
      sample("_sum", point, point.getSum());
    }

    private void summary(SummarySnapshot.SummaryDataPointSnapshot point) {
      point
          .getQuantiles()
          .forEach(
              quantile -> {
                Map<String, String> labels = labels("", point.getLabels());
                labels.put("quantile", Double.toString(quantile.getQuantile()));
                body.add(labels, nowMs, quantile.getValue());
              });
      sample("_count", point, point.getCount());
      sample("_sum", point, point.getSum());
    }

    private void sample(String suffix, DataPointSnapshot point, double value) {
      body.add(labels(suffix, point.getLabels()), nowMs, value);
    }

    private Map<String, String> labels(String suffix, Labels own) {
      Map<String, String> labels = SelfScrape.this.labels(name + suffix);
      for (int i = 0; i < own.size(); i++) {
        labels.put(own.getPrometheusName(i), own.getValue(i));
      }
      return labels;
    }
  }
}
