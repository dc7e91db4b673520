package io.pallium.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.model.Labels;
import io.pallium.model.TenantId;
import org.junit.jupiter.api.Test;

/// The vectors of docs/formats/ring-token.md.
final class RingTokenTest {
  @Test
  void givesTheTokensOfTheFormat() {
    assertThat(token("anonymous", Labels.EMPTY)).isEqualTo("d90a0d2f");
    assertThat(token("anonymous", Labels.of("__name__", "up"))).isEqualTo("fd4fdd6e");
    assertThat(token("team-a", Labels.of("__name__", "up"))).isEqualTo("4d7024fd");
    assertThat(token("team-a", Labels.of("__name__", "up", "job", "prometheus")))
        .isEqualTo("1dea8405");
    assertThat(
            token(
                "team-a",
                Labels.of("__name__", "http_requests_total", "path", "/caf\u00e9", "code", "200")))
        .isEqualTo("4417bbd1");
  }

  private static String token(String tenant, Labels labels) {
    byte[] bytes = labels.bytes();
    long seed = RingToken.tenantSeed(new TenantId(tenant));
    return Integer.toHexString(RingToken.of(seed, bytes, 0, bytes.length));
  }
}
