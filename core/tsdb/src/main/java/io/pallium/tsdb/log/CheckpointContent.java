package io.pallium.tsdb.log;

import io.pallium.model.Labels;
import io.pallium.model.MetricMetadata;

/// The head's side of a checkpoint: everything that a start needs, but for closed chunks, which are
/// in files of their own.
@FunctionalInterface
public interface CheckpointContent {
  /// Hands everything to the sink, tenant by tenant. May run beside appends: what a record at or
  /// above the position given to [WriteLog#truncate] has brought may be left out, as long as
  /// nothing later of the same series is in.
  ///
  /// @throws io.pallium.base.UnavailableException if something cannot be written elsewhere first
  void writeTo(Sink sink);

  /// Takes content. Confined to the call.
  interface Sink {
    /// Begins a tenant; what follows belongs to it.
    void tenant(long number, long incarnation, String name);

    /// A live series; the bytes are copied.
    void series(long ref, byte[] labels, int offset, int lengthBytes);

    /// Where the samples of a live series are, behind its definition.
    void chunks(long ref, SeriesChunks chunks);

    /// What the tenant says about a metric family.
    void metadata(MetricMetadata entry);

    /// Samples of a live series that were deleted and may still be in the log.
    void tombstone(long ref, long minTimeMs, long maxTimeMs);

    /// A recent exemplar of a live series.
    void exemplar(long ref, long timestampMs, long valueBits, Labels labels);
  }
}
