package io.pallium.tsdb.log;

import io.pallium.base.HotPath;

/// The body of a STARTS section on its way: the start timestamps of the samples of one other
/// section, as runs of equal ones. Confined.
///
/// Source: docs/formats/wal.md.
@HotPath
final class StartRuns {
  private final ByteColumn runs = new ByteColumn(64);
  private int runCount;
  private long previousStartMs;

  // The run that is not written yet, behind `gap` samples without a start.
  private long gap;
  private long length;
  private long startMs;
  private int end;

  void reuse(int keptRoomBytes) {
    runs.reuse(keptRoomBytes);
    runCount = 0;
    previousStartMs = 0;
    length = 0;
    end = 0;
  }

  /// Adds the start of a sample, if it is known.
  ///
  /// @param index of the sample in its section, higher than all before
  /// @param newStartMs 0 if it is not known
  void add(int index, long newStartMs) {
    if (newStartMs == 0) {
      return;
    }
    if (length == 0 || index != end || newStartMs != startMs) {
      endRun();
      gap = index - end;
      startMs = newStartMs;
    }
    length++;
    end = index + 1;
  }

  /// The bytes that the section will have, a little rounded up.
  int sizeBytes() {
    return length == 0 ? 0 : runs.length + 5 * ByteColumn.MAX_VARINT;
  }

  /// Writes the whole section, if any start is known.
  void putTo(ByteColumn record) {
    endRun();
    if (runCount == 0) {
      return;
    }
    record.putByte(LogLayout.STARTS);
    record.putVarint((long) ByteColumn.varintSize(runCount) + runs.length);
    record.putVarint(runCount);
    record.putColumn(runs);
  }

  private void endRun() {
    if (length > 0) {
      runs.putVarint(gap);
      runs.putVarint(length);
      runs.putZigZag(startMs - previousStartMs);
      previousStartMs = startMs;
      runCount++;
      length = 0;
    }
  }
}
