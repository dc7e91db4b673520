package io.pallium.service.distributor;

import io.pallium.base.config.DataSize;
import io.pallium.base.config.Doc;
import java.time.Duration;

/// How this node takes in writes, whatever the tenant.
public record DistributorConfig(
    @Doc("Largest body of a write request as it is sent. A larger one is answered with 413.")
        DataSize maxCompressedBodySize,
    @Doc("Largest body of a write request after decompression. A larger one is answered with 413.")
        DataSize maxInflatedBodySize,
    @Doc(
            "How many bytes of decompressed requests and what is decoded from them may be in work at"
                + " once, and how many of compressed ones may wait for that. Over it, requests are"
                + " answered with 503, and one that needs more for itself with 413.")
        DataSize maxInflightSize,
    @Doc("How much memory the buffers of finished requests may take while they wait for the next.")
        DataSize bufferPoolSize,
    @Doc("How many series a tenant's alias cache may know.") int aliasCacheMaxEntries,
    @Doc("How much memory a tenant's alias cache may take.") DataSize aliasCacheMaxSize,
    @Doc(
            "How much memory the alias caches of all tenants may take together; 0 takes an eighth of"
                + " the heap. Over it, the largest one gives up what it has not used lately.")
        DataSize aliasCacheTotalSize,
    @Doc("After which time without a write the alias cache of a tenant is dropped.")
        Duration idleTenantTimeout) {

  public DistributorConfig {
    positive("max_compressed_body_size", maxCompressedBodySize.bytes());
    positive("max_inflated_body_size", maxInflatedBodySize.bytes());
    positive("max_inflight_size", maxInflightSize.bytes());
    positive("alias_cache_max_entries", aliasCacheMaxEntries);
    positive("alias_cache_max_size", aliasCacheMaxSize.bytes());
    positive("idle_tenant_timeout", idleTenantTimeout.toMillis());
    if (maxInflatedBodySize.bytes() > 1 << 30) {
      throw new IllegalArgumentException(
          "max_inflated_body_size must be at most 1GiB, was " + maxInflatedBodySize);
    }
    holdsOne(maxInflightSize, "max_inflated_body_size", maxInflatedBodySize);
    holdsOne(maxInflightSize, "max_compressed_body_size", maxCompressedBodySize);
  }

  private static void holdsOne(DataSize maxInflightSize, String key, DataSize body) {
    if (maxInflightSize.compareTo(body) < 0) {
      throw new IllegalArgumentException(
          "max_inflight_size must be at least " + key + " (" + body + "), was " + maxInflightSize);
    }
  }

  /// Room for some hundred requests in work and two million series a tenant.
  public static DistributorConfig defaults() {
    return new DistributorConfig(
        DataSize.ofMebibytes(16),
        DataSize.ofMebibytes(64),
        DataSize.ofMebibytes(128),
        DataSize.ofMebibytes(16),
        4_000_000,
        DataSize.ofMebibytes(768),
        DataSize.ofBytes(0),
        Duration.ofHours(1));
  }

  private static void positive(String key, long value) {
    if (value <= 0) {
      throw new IllegalArgumentException(key + " must be more than 0, was " + value);
    }
  }
}
