package io.pallium.tsdb.log;

import io.pallium.model.Labels;
import io.pallium.model.MetricMetadata;
import io.pallium.model.NativeHistogram;

/// Takes what the log holds, in the order of the log. Called on the thread that replays.
///
/// A checkpoint comes first, if there is one, then samples. A definition (tenant, series, metadata,
/// exemplar) may come more than once with the same meaning: from a checkpoint and from a segment. A
/// sample comes once, and perhaps as a part of the chunks of the checkpoint too. After damage, a
/// sample's series or a batch's tenant may be unknown: the visitor counts and drops it.
///
/// The `startMs` of a sample says since when it counts; 0 if that is not known.
public interface LogVisitor {
  /// What follows comes from this file: a name for messages.
  default void beginFile(String name) {}

  /// What follows comes from a checkpoint, until [#endCheckpoint].
  default void beginCheckpoint() {}

  /// A checkpoint has been read.
  ///
  /// @param isWhole whether nothing of it is damaged
  /// @return whether all samples of segments before it are there with it. Otherwise an older
  ///   checkpoint may come, and all segments that are left do.
  default boolean endCheckpoint(boolean isWhole) {
    return false;
  }

  /// A tenant and its number; all later batches name the number.
  void tenant(long number, long incarnation, String name);

  /// Whatever was read of this tenant is void.
  void tenantDeleted(long number);

  /// A batch begins: what follows until [#endBatch] belongs to this tenant and was appended at
  /// once.
  void beginBatch(long tenantNumber, long position);

  /// A series and its canonical labels; the bytes are valid during the call only.
  void series(long ref, byte[] labels, int offset, int lengthBytes);

  /// In a checkpoint: where the samples of a series are that was defined in the same batch.
  default void chunks(long ref, SeriesChunks chunks) {}

  /// A float sample.
  void sample(long ref, long timestampMs, long valueBits, long startMs);

  /// A histogram sample.
  void histogram(long ref, long timestampMs, NativeHistogram histogram, long startMs);

  /// A float sample that is older than the newest of its series.
  void outOfOrderSample(long ref, long timestampMs, long valueBits, long startMs);

  /// A histogram sample that is older than the newest of its series.
  void outOfOrderHistogram(long ref, long timestampMs, NativeHistogram histogram, long startMs);

  /// An exemplar.
  void exemplar(long ref, long timestampMs, long valueBits, Labels labels);

  /// Samples of a series that were deleted, in `[minTimeMs, maxTimeMs]`.
  default void tombstone(long ref, long minTimeMs, long maxTimeMs) {}

  /// What the tenant says about a metric family.
  void metadata(MetricMetadata entry);

  /// The batch is complete, or the rest of it does not decode.
  void endBatch();
}
