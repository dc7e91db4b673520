package io.pallium.bucket;

import io.pallium.model.TenantId;

/// The names of objects: Cortex's layout, so that its tools and ours read each other's buckets.
///
/// ```
/// <tenant>/bucket-index.json.gz
/// <tenant>/<block>/chunks/000001 …
/// <tenant>/<block>/index
/// <tenant>/<block>/tombstones       if samples were deleted
/// <tenant>/<block>/meta.json        written last: without it there is no block
/// ```
public final class BlockNames {
  public static final String META = "meta.json";
  public static final String TOMBSTONES = "tombstones";
  public static final String INDEX = "index";
  public static final String CHUNKS = "chunks/";

  private BlockNames() {}

  /// The folder of a tenant, with a `/` at the end.
  public static String folder(TenantId tenant) {
    return tenant.value() + "/";
  }

  /// The folder of a block, with a `/` at the end.
  public static String folder(TenantId tenant, String ulid) {
    return folder(tenant) + ulid + "/";
  }

  static String index(TenantId tenant) {
    return folder(tenant) + "bucket-index.json.gz";
  }
}
