package io.pallium.promql;

import io.pallium.promql.parse.ParserLimits;
import java.time.Duration;

/// How queries are evaluated.
///
/// @param lookback how old a sample may be to be the value of an instant
/// @param defaultSubqueryStep the step of sub-queries that do not give one
/// @param parallelism how many batches of series one query computes at once
/// @param parserLimits what bounds the text of a query
public record EngineConfig(
    Duration lookback, Duration defaultSubqueryStep, int parallelism, ParserLimits parserLimits) {
  public EngineConfig {
    requirePositive("lookback", lookback);
    requirePositive("default_subquery_step", defaultSubqueryStep);
    if (parallelism < 1) {
      throw new IllegalArgumentException("parallelism must be at least 1: " + parallelism);
    }
  }

  /// Prometheus's values, and as many batches as there are processors.
  public static EngineConfig defaults() {
    return new EngineConfig(
        Duration.ofMinutes(5),
        Duration.ofMinutes(1),
        Runtime.getRuntime().availableProcessors(),
        ParserLimits.DEFAULT);
  }

  private static void requirePositive(String key, Duration value) {
    if (value.toMillis() < 1) {
      throw new IllegalArgumentException(key + " must be at least 1 ms: " + value);
    }
  }
}
