package io.pallium.storage;

import io.pallium.model.LabelMatcher;
import io.pallium.model.MetricMetadata;
import io.pallium.model.TenantId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the stores of recent samples know of a tenant beside its samples: what clients said about
/// metric families, exemplars, and how many series there are of what. None of it is in blocks.
public interface RecentFacts {
  /// What clients said about metric families, sorted by family.
  ///
  /// @param family only entries of this family; null: of all
  List<MetricMetadata> metadata(TenantId tenant, @Nullable String family, QueryControl control);

  /// The exemplars of the series that fulfil all matchers of one selector at least, in label order.
  ///
  /// @param startMs the earliest time of an exemplar, inclusive
  /// @param endMs the latest time of an exemplar, inclusive
  /// @param selectors one or more lists of matchers
  /// @param control memory, deadline and cancellation of the query that asks; the memory of the
  ///   answer stays reserved
  List<SeriesExemplars> exemplars(
      TenantId tenant,
      long startMs,
      long endMs,
      List<List<LabelMatcher>> selectors,
      QueryControl control);

  /// How many series there are of what.
  ///
  /// @param limit the length of each list of the answer at the most; positive
  Cardinality cardinality(TenantId tenant, int limit, QueryControl control);
}
