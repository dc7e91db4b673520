package io.pallium.storage;

import io.pallium.model.TenantId;

/// A place that holds series and can be asked for them: head, block, ingester, or a merge of these.
public interface Queryable {
  /// Opens a view of one tenant's samples in `[minTimeMs, maxTimeMs]`, both inclusive. The bounds
  /// hold for everything that the view returns.
  ///
  /// @param control memory, deadline and cancellation of the query that asks; the view obeys it
  Querier querier(TenantId tenant, long minTimeMs, long maxTimeMs, QueryControl control);
}
