package io.pallium.server.config;

import io.pallium.base.config.Doc;
import java.time.Duration;

/// Storing Pallium's own metrics in itself.
public record SelfScrapeConfig(
    @Doc(
            "Whether this process stores its own metrics, as the tenant `anonymous`. It never does"
                + " with auth.enabled.")
        boolean enabled,
    @Doc("How often.") Duration interval) {
  public SelfScrapeConfig {
    if (interval.toMillis() < 1000) {
      throw new IllegalArgumentException("interval must be at least 1s, was " + interval);
    }
  }

  public static SelfScrapeConfig defaults() {
    return new SelfScrapeConfig(true, Duration.ofSeconds(15));
  }
}
