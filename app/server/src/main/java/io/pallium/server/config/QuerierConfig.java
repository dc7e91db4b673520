package io.pallium.server.config;

import io.pallium.base.config.DataSize;
import io.pallium.base.config.Doc;
import io.pallium.promql.parse.ParserLimits;
import java.time.Duration;

/// How queries are evaluated.
public record QuerierConfig(
    @Doc("The most queries that run at once in this process.") int maxConcurrent,
    @Doc("The most queries that wait for a place; a further one is answered with 429.")
        int maxWaiting,
    @Doc("How long a query may take; the `timeout` parameter can only shorten it.")
        Duration timeout,
    @Doc(
            "How far back an instant selector looks for the newest sample, where the request does"
                + " not say.")
        Duration lookbackDelta,
    @Doc("The most memory that one query may reserve; over it the query ends with 422.")
        DataSize maxQueryMemory,
    @Doc("The most memory that all queries together may reserve; 0 takes two fifths of the heap.")
        DataSize totalQueryMemory,
    @Doc("Threads that evaluate queries; 0 takes one per processor.") int evaluationThreads,
    @Doc("What bounds the text of a query.") ParserLimits parser,
    @Doc(
            "Parts of PromQL that can be switched on and off; a request does so for itself with the"
                + " parameter `features`.")
        FeaturesConfig features) {
  public QuerierConfig {
    if (maxConcurrent < 1) {
      throw new IllegalArgumentException("max_concurrent must be positive, was " + maxConcurrent);
    }
    if (maxWaiting < 0) {
      throw new IllegalArgumentException("max_waiting must not be negative, was " + maxWaiting);
    }
    if (timeout.isNegative() || timeout.isZero()) {
      throw new IllegalArgumentException("timeout must be positive, was " + timeout);
    }
    if (lookbackDelta.isNegative() || lookbackDelta.isZero()) {
      throw new IllegalArgumentException("lookback_delta must be positive, was " + lookbackDelta);
    }
    if (maxQueryMemory.bytes() < 1) {
      throw new IllegalArgumentException(
          "max_query_memory must be positive, was " + maxQueryMemory);
    }
    if (evaluationThreads < 0) {
      throw new IllegalArgumentException(
          "evaluation_threads must not be negative, was " + evaluationThreads);
    }
  }

  public static QuerierConfig defaults() {
    return new QuerierConfig(
        20,
        200,
        Duration.ofMinutes(2),
        Duration.ofMinutes(5),
        DataSize.ofMebibytes(512),
        DataSize.ofBytes(0),
        0,
        ParserLimits.DEFAULT,
        FeaturesConfig.defaults());
  }
}
