package io.pallium.tsdb.log;

import io.pallium.model.Labels;
import io.pallium.model.MetricMetadata;

/// The head's side of a checkpoint: everything but samples that replay needs.
@FunctionalInterface
public interface LogDefinitions {
  /// Hands all live definitions to the sink, tenant by tenant. May run beside appends: what is
  /// defined by a record at or above the position given to [WriteLog#truncate] may be left out.
  void writeTo(Sink sink);

  /// Takes definitions. Confined to the call.
  interface Sink {
    /// Begins a tenant; what follows belongs to it.
    void tenant(long number, long incarnation, String name);

    /// A live series; the bytes are copied.
    void series(long ref, byte[] labels, int offset, int lengthBytes);

    /// What the tenant says about a metric family.
    void metadata(MetricMetadata entry);

    /// Samples of a live series that were deleted and may still be in the log.
    void tombstone(long ref, long minTimeMs, long maxTimeMs);

    /// A recent exemplar of a live series.
    void exemplar(long ref, long timestampMs, long valueBits, Labels labels);
  }
}
