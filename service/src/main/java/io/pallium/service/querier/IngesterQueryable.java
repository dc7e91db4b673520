package io.pallium.service.querier;

import io.pallium.base.UnavailableException;
import io.pallium.base.concurrent.FanOut;
import io.pallium.base.concurrent.FanOutPolicy;
import io.pallium.cluster.rpc.RemoteIngester;
import io.pallium.model.LabelMatcher;
import io.pallium.model.MetricMetadata;
import io.pallium.model.TenantId;
import io.pallium.model.Utf8;
import io.pallium.storage.Cardinality;
import io.pallium.storage.MergedQuerier;
import io.pallium.storage.Querier;
import io.pallium.storage.QueryControl;
import io.pallium.storage.Queryable;
import io.pallium.storage.RecentFacts;
import io.pallium.storage.SeriesExemplars;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// All ingesters as one store: all are asked at the same time, since any may hold a part of a
/// tenant's series. An ingester that does not answer fails the query, and the calls to the others
/// are cancelled; there is never silently less. Thread-safe.
public final class IngesterQueryable implements Queryable, RecentFacts {
  private final List<RemoteIngester> ingesters;

  public IngesterQueryable(List<RemoteIngester> ingesters) {
    this.ingesters = List.copyOf(ingesters);
  }

  @Override
  public Querier querier(TenantId tenant, long minTimeMs, long maxTimeMs, QueryControl control) {
    List<Querier> parts = new ArrayList<>();
    for (RemoteIngester ingester : ingesters) {
      parts.add(ingester.querier(tenant, minTimeMs, maxTimeMs, control));
    }
    return parts.size() == 1 ? parts.get(0) : MergedQuerier.of(parts, control);
  }

  @Override
  public List<MetricMetadata> metadata(
      TenantId tenant, @Nullable String family, QueryControl control) {
    TreeSet<MetricMetadata> merged =
        new TreeSet<>(
            Comparator.comparing(MetricMetadata::family, Utf8::compare)
                .thenComparing(MetricMetadata::type)
                .thenComparing(MetricMetadata::help)
                .thenComparing(MetricMetadata::unit));
    ask("metadata", control, ingester -> ingester.metadata(tenant, family, control))
        .forEach(merged::addAll);
    return List.copyOf(merged);
  }

  @Override
  public List<SeriesExemplars> exemplars(
      TenantId tenant,
      long startMs,
      long endMs,
      List<List<LabelMatcher>> selectors,
      QueryControl control) {
    return SeriesExemplars.merge(
        ask(
            "exemplars",
            control,
            ingester -> ingester.exemplars(tenant, startMs, endMs, selectors, control)));
  }

  @Override
  public Cardinality cardinality(TenantId tenant, int limit, QueryControl control) {
    return Cardinality.merge(
        ask("cardinality", control, ingester -> ingester.cardinality(tenant, limit, control)),
        limit);
  }

  private <T> List<T> ask(
      String what, QueryControl control, FanOut.Call<RemoteIngester, T> question) {
    control.check();
    try {
      return FanOut.call(what, ingesters, FanOutPolicy.all(control.remaining()), question);
    } catch (UnavailableException e) {
      // One that was late because the query's time is over says less than the query itself.
      control.check();
      throw e;
    }
  }
}
