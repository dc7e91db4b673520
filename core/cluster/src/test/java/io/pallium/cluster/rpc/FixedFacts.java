package io.pallium.cluster.rpc;

import io.pallium.model.LabelMatcher;
import io.pallium.model.MetricMetadata;
import io.pallium.model.TenantId;
import io.pallium.storage.Cardinality;
import io.pallium.storage.QueryControl;
import io.pallium.storage.RecentFacts;
import io.pallium.storage.SeriesExemplars;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Knows something fixed of one tenant, and nothing of others. A series is known in a range if all
/// of its exemplars are in it.
record FixedFacts(
    TenantId owner,
    List<MetricMetadata> metadata,
    List<SeriesExemplars> exemplars,
    Cardinality cardinality)
    implements RecentFacts {
  static final FixedFacts NONE =
      new FixedFacts(TenantId.ANONYMOUS, List.of(), List.of(), Cardinality.EMPTY);

  @Override
  public List<MetricMetadata> metadata(
      TenantId tenant, @Nullable String family, QueryControl control) {
    return metadata.stream()
        .filter(entry -> tenant.equals(owner))
        .filter(entry -> family == null || family.equals(entry.family()))
        .toList();
  }

  @Override
  public List<SeriesExemplars> exemplars(
      TenantId tenant,
      long startMs,
      long endMs,
      List<List<LabelMatcher>> selectors,
      QueryControl control) {
    return exemplars.stream()
        .filter(each -> tenant.equals(owner) && !selectors.isEmpty())
        .filter(
            each ->
                each.exemplars().stream()
                    .allMatch(e -> e.timestampMs() >= startMs && e.timestampMs() <= endMs))
        .toList();
  }

  @Override
  public Cardinality cardinality(TenantId tenant, int limit, QueryControl control) {
    return tenant.equals(owner) ? cardinality : Cardinality.EMPTY;
  }
}
