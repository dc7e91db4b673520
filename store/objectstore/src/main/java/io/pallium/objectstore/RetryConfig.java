package io.pallium.objectstore;

import io.pallium.base.config.Doc;
import java.time.Duration;

/// How often and how long a request to a store is tried.
public record RetryConfig(
    @Doc("How often a request is tried, the first time included.") int maxAttempts,
    @Doc(
            "The pause before the second try. It doubles from try to try, and is shortened at random"
                + " by up to a half.")
        Duration minBackoff,
    @Doc("The longest pause between two tries.") Duration maxBackoff,
    @Doc(
            "How long one try may take; writes have a second more for each 256 KiB that they"
                + " carry.")
        Duration attemptTimeout) {
  public RetryConfig {
    if (maxAttempts < 1) {
      throw new IllegalArgumentException("max_attempts must be positive, was " + maxAttempts);
    }
    if (!minBackoff.isPositive()) {
      throw new IllegalArgumentException("min_backoff must be positive, was " + minBackoff);
    }
    if (maxBackoff.compareTo(minBackoff) < 0) {
      throw new IllegalArgumentException(
          "max_backoff must not be less than min_backoff, was " + maxBackoff);
    }
    if (!attemptTimeout.isPositive()) {
      throw new IllegalArgumentException("attempt_timeout must be positive, was " + attemptTimeout);
    }
  }

  public static RetryConfig defaults() {
    return new RetryConfig(
        5, Duration.ofMillis(100), Duration.ofSeconds(5), Duration.ofSeconds(20));
  }
}
