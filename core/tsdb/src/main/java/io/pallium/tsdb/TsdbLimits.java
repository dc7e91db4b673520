package io.pallium.tsdb;

import io.pallium.model.TenantId;
import io.pallium.tsdb.compact.RetentionLimits;
import io.pallium.tsdb.head.HeadLimits;
import java.util.function.Function;

/// What each tenant may have; asked anew each time.
///
/// @param head what it may keep in memory
/// @param retention how long its blocks are kept
public record TsdbLimits(
    Function<TenantId, HeadLimits> head, Function<TenantId, RetentionLimits> retention) {
  /// The same for all tenants.
  public static final TsdbLimits DEFAULTS =
      new TsdbLimits(_ -> HeadLimits.defaults(), _ -> RetentionLimits.NONE);
}
