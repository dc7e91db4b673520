package io.pallium.tsdb.log;

import io.pallium.base.HotPath;

/// Reads what [StartRuns] writes, sample by sample. Confined.
@HotPath
final class StartRunsReader {
  private final PayloadCursor runs = new PayloadCursor();
  private int runCount;
  private long gap;
  private long length;
  private long startMs;

  /// Stands before the first sample of the section that the runs are about.
  void reset(byte[] bytes, int offset, int lengthBytes) {
    runs.reset(bytes, offset, lengthBytes);
    runCount = runs.readCount(3);
    startMs = 0;
    nextRun();
  }

  /// Forgets the runs: no start is known.
  void clear() {
    runCount = 0;
    length = 0;
  }

  /// The start of the next sample; 0 if it is not known.
  long next() {
    if (length == 0) {
      return 0;
    }
    if (gap > 0) {
      gap--;
      return 0;
    }
    long start = startMs;
    if (--length == 0) {
      nextRun();
    }
    return start;
  }

  /// Checks that there were as many samples as the runs are about.
  void requireEnd() {
    if (length > 0) {
      throw PayloadCursor.malformed("start timestamps of samples that are not there", length);
    }
  }

  private void nextRun() {
    if (runCount == 0) {
      return;
    }
    runCount--;
    gap = runs.readVarint();
    length = runs.readVarint();
    startMs += runs.readZigZag();
    if (gap < 0 || length <= 0) {
      throw PayloadCursor.malformed("run of start timestamps", length);
    }
  }
}
