package io.pallium.promql;

import java.time.Duration;
import java.util.Optional;

/// What a single query may change.
///
/// @param lookback in place of the engine's look-back
public record QueryOptions(Optional<Duration> lookback) {
  /// Nothing changed.
  public static final QueryOptions DEFAULT = new QueryOptions(Optional.empty());
}
