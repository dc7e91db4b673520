package io.pallium.storage;

import io.pallium.model.MetricMetadata;
import io.pallium.model.TenantId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Knows what clients said about metric families.
public interface MetadataSource {
  /// The entries of one tenant, sorted by family.
  ///
  /// @param family only entries of this family; null: of all
  List<MetricMetadata> metadata(TenantId tenant, @Nullable String family);
}
