package io.pallium.server.config;

import io.pallium.base.config.Doc;

/// Who may ask, and as whom.
public record AuthConfig(
    @Doc(
            "Whether every request must name its tenant in `X-Scope-OrgID`, which a gateway in front"
                + " sets. If off, all data belongs to the tenant `anonymous`.")
        boolean enabled) {
  public static AuthConfig defaults() {
    return new AuthConfig(false);
  }
}
