package io.pallium.promql;

import java.time.Duration;
import java.util.Optional;

/// What a single query may change.
///
/// @param lookback in place of the engine's look-back
/// @param countsSamples whether the result says how many samples each step looks at
public record QueryOptions(Optional<Duration> lookback, boolean countsSamples) {
  /// Nothing changed.
  public static final QueryOptions DEFAULT = new QueryOptions(Optional.empty(), false);
}
