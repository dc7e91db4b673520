package io.pallium.storage;

/// What the asker of a [Querier#select] is going to do with the series.
///
/// @param startMs the first time that is looked at, ranges and look-back included
/// @param endMs the last time that is looked at
/// @param stepMs the step of the query; 0 for an instant
/// @param rangeMs the length of the range selector; 0 if there is none
/// @param isSorted whether series must come in label order
/// @param isSeriesOnly whether only labels are wanted, no samples
public record SelectHints(
    long startMs, long endMs, long stepMs, long rangeMs, boolean isSorted, boolean isSeriesOnly) {

  /// For finding series without reading samples.
  public static SelectHints seriesOnly(long startMs, long endMs) {
    return new SelectHints(startMs, endMs, 0, 0, true, true);
  }

  /// For reading all samples of a range in label order.
  public static SelectHints sorted(long startMs, long endMs) {
    return new SelectHints(startMs, endMs, 0, 0, true, false);
  }
}
