package io.pallium.storage;

/// Walks the samples of one series forward, a run (usually a chunk) at a time. Confined to one
/// thread.
public interface SampleCursor {
  /// Appends the next run of samples to a column: in ascending order of time, later than everything
  /// returned before, within the bounds of the querier. A run is at most a few hundred samples.
  ///
  /// @return whether a run was appended; false at the end
  boolean nextRun(SampleColumn into);

  /// Hints that samples before `timestampMs` are not needed: whole runs before it may be left out
  /// without being decoded.
  void skipTo(long timestampMs);
}
