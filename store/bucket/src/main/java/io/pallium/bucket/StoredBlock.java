package io.pallium.bucket;

/// A whole block of a store.
///
/// @param ulid its name
/// @param maxTimeMs exclusive
/// @param segments how many files of chunks it has; 0 if they are not numbered from 1 on
/// @param uploadedAtSeconds when it was put there
/// @param deletions the version of its tombstones; empty if there are none, or if that is not known
public record StoredBlock(
    String ulid,
    long minTimeMs,
    long maxTimeMs,
    int segments,
    long uploadedAtSeconds,
    String deletions) {

  /// Whether a sample of `[minMs, maxMs]`, both inclusive, can be in the block.
  public boolean overlaps(long minMs, long maxMs) {
    return minTimeMs <= maxMs && maxTimeMs > minMs;
  }

  /// The same block after a deletion.
  public StoredBlock withDeletions(String stamp) {
    return new StoredBlock(ulid, minTimeMs, maxTimeMs, segments, uploadedAtSeconds, stamp);
  }
}
