package io.pallium.tsdb;

import io.pallium.base.clock.TimeSource;
import io.pallium.model.LabelMatcher;
import io.pallium.model.MetricMetadata;
import io.pallium.model.TenantId;
import io.pallium.model.WriteBatch;
import io.pallium.model.WriteResult;
import io.pallium.storage.MetadataSource;
import io.pallium.storage.Querier;
import io.pallium.storage.QueryControl;
import io.pallium.storage.Queryable;
import io.pallium.storage.SampleSink;
import io.pallium.storage.SelectHints;
import io.pallium.storage.SeriesSet;
import io.pallium.tsdb.file.DurableFiles;
import io.pallium.tsdb.head.Head;
import io.pallium.tsdb.head.HeadLimits;
import io.pallium.tsdb.head.HeadMetrics;
import io.pallium.tsdb.head.TenantHead;
import io.pallium.tsdb.log.LocalWriteLog;
import io.pallium.tsdb.log.LogListener;
import io.pallium.tsdb.log.LogReplayProgress;
import io.pallium.tsdb.log.WriteLog;
import io.pallium.tsdb.log.WriteLogMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A directory of time series of many tenants. Thread-safe.
public final class Tsdb implements SampleSink, Queryable, MetadataSource, AutoCloseable {
  /// Nothing, for a tenant that has nothing.
  private static final Querier NO_SERIES =
      new Querier() {
        @Override
        public SeriesSet select(SelectHints hints, List<LabelMatcher> matchers) {
          return SeriesSet.EMPTY;
        }

        @Override
        public List<String> labelNames(List<LabelMatcher> matchers, int limit) {
          return List.of();
        }

        @Override
        public List<String> labelValues(String name, List<LabelMatcher> matchers, int limit) {
          return List.of();
        }

        @Override
        public void close() {}
      };

  private final WriteLog log;
  private final Head head;

  private Tsdb(WriteLog log, Head head) {
    this.log = log;
    this.head = head;
  }

  /// Opens a directory: replays its log.
  ///
  /// @param limits what each tenant may keep in memory; asked for every new series
  public static Tsdb open(
      TsdbConfig config,
      DurableFiles files,
      TimeSource time,
      Function<TenantId, HeadLimits> limits,
      PrometheusRegistry registry,
      LogReplayProgress progress) {
    WriteLog log =
        new LocalWriteLog(
            files,
            config.directory().resolve("wal"),
            config.log(),
            time,
            new WriteLogMetrics(registry),
            LogListener.NONE);
    Head head = new Head(config.head(), time, log, limits, new HeadMetrics(registry));
    head.replay(progress);
    return new Tsdb(log, head);
  }

  /// The number of this life of the process: the refs that results give out hold for it alone.
  public long incarnation() {
    return head.incarnation();
  }

  @Override
  public CompletableFuture<WriteResult> write(WriteBatch batch) {
    return head.write(batch);
  }

  @Override
  public Querier querier(TenantId tenant, long minTimeMs, long maxTimeMs, QueryControl control) {
    TenantHead tenantHead = head.tenant(tenant);
    return tenantHead == null ? NO_SERIES : head.querier(tenantHead, minTimeMs, maxTimeMs, control);
  }

  @Override
  public List<MetricMetadata> metadata(TenantId tenant, @Nullable String family) {
    return head.metadata(tenant, family);
  }

  /// Makes what was written durable and ends.
  @Override
  public void close() {
    log.close();
  }
}
