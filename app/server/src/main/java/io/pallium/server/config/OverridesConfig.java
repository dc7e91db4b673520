package io.pallium.server.config;

import io.pallium.base.config.Doc;
import java.time.Duration;

/// Limits of single tenants.
public record OverridesConfig(
    @Doc(
            "A YAML file with limits by tenant, under `overrides:`; empty for none. It is read again"
                + " while the server runs; a bad file keeps the limits as they were.")
        String file,
    @Doc("How often the file is looked at.") Duration reloadInterval) {
  public OverridesConfig {
    if (reloadInterval.toMillis() < 100) {
      throw new IllegalArgumentException(
          "reload_interval must be at least 100ms, was " + reloadInterval);
    }
  }

  public static OverridesConfig defaults() {
    return new OverridesConfig("", Duration.ofSeconds(10));
  }
}
