package io.pallium.tsdb.head;

import io.pallium.base.HotPath;
import io.pallium.base.memory.MemoryBudget;
import java.util.Arrays;

/// What a cursor has noted of a series: its chunks, from the newest to the oldest. Those that lie
/// in memory are copies, which are reserved before. Confined.
@HotPath
final class CapturedSeries {
  private final MemoryBudget budget;
  private byte[] copies = new byte[256];
  private int copiedBytes;
  private long reservedBytes;
  private int[] offsets = new int[4];
  private int[] lengths = new int[4];
  private byte[] encodings = new byte[4];
  private long[] maxTimesMs = new long[4];
  private int chunkCount;

  /// @param budget pays for the copies until [#reset]
  CapturedSeries(MemoryBudget budget) {
    this.budget = budget;
  }

  /// Lets go of everything.
  void reset() {
    budget.release(reservedBytes);
    reservedBytes = 0;
    copiedBytes = 0;
    chunkCount = 0;
  }

  /// Copies a chunk, older than those before.
  ///
  /// @throws io.pallium.base.LimitExceededException if the budget has no room for it
  void addCopy(int encoding, byte[] source, int offset, int lengthBytes, long maxTimeMs) {
    int target = addRoom(encoding, lengthBytes, maxTimeMs);
    System.arraycopy(source, offset, copies, target, lengthBytes);
  }

  /// Makes room for the copy of a chunk, older than those before, to be written into [#copies].
  ///
  /// @return where it begins
  /// @throws io.pallium.base.LimitExceededException if the budget has no room for it
  int addRoom(int encoding, int lengthBytes, long maxTimeMs) {
    budget.reserve(lengthBytes);
    reservedBytes += lengthBytes;
    if (copies.length - copiedBytes < lengthBytes) {
      copies = Arrays.copyOf(copies, Math.max(copies.length * 2, copiedBytes + lengthBytes));
    }
    if (chunkCount == offsets.length) {
      grow();
    }
    int start = copiedBytes;
    offsets[chunkCount] = start;
    lengths[chunkCount] = lengthBytes;
    encodings[chunkCount] = (byte) encoding;
    maxTimesMs[chunkCount++] = maxTimeMs;
    copiedBytes += lengthBytes;
    return start;
  }

  byte[] copies() {
    return copies;
  }

  int chunkCount() {
    return chunkCount;
  }

  int encoding(int chunk) {
    return encodings[chunk];
  }

  byte[] array(int chunk) {
    return copies;
  }

  int offset(int chunk) {
    return offsets[chunk];
  }

  int lengthBytes(int chunk) {
    return lengths[chunk];
  }

  long maxTimeMs(int chunk) {
    return maxTimesMs[chunk];
  }

  private void grow() {
    int room = chunkCount * 2;
    offsets = Arrays.copyOf(offsets, room);
    lengths = Arrays.copyOf(lengths, room);
    encodings = Arrays.copyOf(encodings, room);
    maxTimesMs = Arrays.copyOf(maxTimesMs, room);
  }
}
