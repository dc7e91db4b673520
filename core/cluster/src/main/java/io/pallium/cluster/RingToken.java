package io.pallium.cluster;

import io.pallium.base.HotPath;
import io.pallium.model.TenantId;
import io.pallium.model.XxHash64;
import java.nio.charset.StandardCharsets;

/// The place of a series on the ring: a 32-bit hash of the tenant and the canonical label bytes.
/// Not keyed, and stable for ever: all nodes of all releases agree on it.
///
/// Source: docs/formats/ring-token.md.
@HotPath
public final class RingToken {
  private RingToken() {}

  /// The part of the token that all series of a tenant share; computed once per tenant.
  public static long tenantSeed(TenantId tenant) {
    byte[] bytes = tenant.value().getBytes(StandardCharsets.UTF_8);
    return XxHash64.hash(bytes, 0, bytes.length, 0);
  }

  /// The token of a series.
  ///
  /// @param tenantSeed what [#tenantSeed] gave for the tenant
  /// @param source holds canonical label bytes in `[offset, offset + lengthBytes)`
  /// @return all 32 bits count: an unsigned number
  public static int of(long tenantSeed, byte[] source, int offset, int lengthBytes) {
    return (int) (XxHash64.hash(source, offset, lengthBytes, tenantSeed) >>> 32);
  }
}
