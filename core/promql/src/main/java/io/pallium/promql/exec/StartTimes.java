package io.pallium.promql.exec;

/// What the start timestamps of two neighbours tell about a counter. A start of 0 is not known; one
/// that is not earlier than its sample is no start either.
final class StartTimes {
  private StartTimes() {}

  /// Whether the counter began anew between two samples.
  static boolean isReset(long startBeforeMs, long beforeMs, long startMs, long atMs) {
    if (startMs == 0 || startMs >= atMs || startMs < beforeMs) {
      return false;
    }
    if (startMs > beforeMs) {
      return true;
    }
    // The sample counts from the one before: a delta, unless the start of that one is not known and
    // so the whole counter's is not.
    return startBeforeMs != 0 && startBeforeMs < beforeMs;
  }

  /// Whether a sample counts from before the sample before, but not from where that one does.
  static boolean isOverlap(long startBeforeMs, long beforeMs, long startMs) {
    return startMs != 0 && startMs < beforeMs && startMs != startBeforeMs;
  }

  /// The start of the first sample of a range if it lies in the range; else 0.
  static long inside(long startMs, long rangeStartMs, long atMs) {
    return startMs > rangeStartMs && startMs < atMs ? startMs : 0;
  }
}
