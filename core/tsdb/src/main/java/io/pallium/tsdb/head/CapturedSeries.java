package io.pallium.tsdb.head;

import io.pallium.base.HotPath;
import io.pallium.base.memory.MemoryBudget;
import io.pallium.model.NativeHistogram;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// What a cursor has noted of a series: chunks from the newest to the oldest, where closed ones lie
/// in the slabs and the open one is a copy; and histograms in ascending order. What is copied is
/// reserved before. Confined.
@HotPath
final class CapturedSeries {
  private static final int HISTOGRAM_BYTES = 16;
  private static final long[] NO_TIMES = {};
  private static final @Nullable NativeHistogram[] NO_HISTOGRAMS = {};

  private final MemoryBudget budget;
  private byte[][] arrays = new byte[4][];
  private int[] offsets = new int[4];
  private int[] lengths = new int[4];
  private long[] maxTimesMs = new long[4];
  private int chunkCount;
  private long copiedBytes;

  private long[] histogramTimesMs = NO_TIMES;
  private @Nullable NativeHistogram[] histograms = NO_HISTOGRAMS;

  /// @param budget pays for the copies until [#reset]
  CapturedSeries(MemoryBudget budget) {
    this.budget = budget;
  }

  /// Lets go of everything.
  void reset() {
    budget.release(copiedBytes);
    copiedBytes = 0;
    chunkCount = 0;
    histogramTimesMs = NO_TIMES;
    histograms = NO_HISTOGRAMS;
  }

  /// Copies the open chunk.
  ///
  /// @throws io.pallium.base.LimitExceededException if the budget has no room for it
  void addOpenChunk(byte[] source, int offset, int lengthBytes, long maxTimeMs) {
    reserve(lengthBytes);
    byte[] copy = Arrays.copyOfRange(source, offset, offset + lengthBytes);
    addClosedChunk(copy, 0, lengthBytes, maxTimeMs);
  }

  void addClosedChunk(byte[] array, int offset, int lengthBytes, long maxTimeMs) {
    if (chunkCount == arrays.length) {
      int room = chunkCount * 2;
      arrays = Arrays.copyOf(arrays, room);
      offsets = Arrays.copyOf(offsets, room);
      lengths = Arrays.copyOf(lengths, room);
      maxTimesMs = Arrays.copyOf(maxTimesMs, room);
    }
    arrays[chunkCount] = array;
    offsets[chunkCount] = offset;
    lengths[chunkCount] = lengthBytes;
    maxTimesMs[chunkCount++] = maxTimeMs;
  }

  /// Copies the histograms with the numbers `[from, to)`; the samples themselves never change.
  ///
  /// @throws io.pallium.base.LimitExceededException if the budget has no room for them
  void setHistograms(long[] timestampsMs, @Nullable NativeHistogram[] samples, int from, int to) {
    reserve((long) HISTOGRAM_BYTES * (to - from));
    histogramTimesMs = Arrays.copyOfRange(timestampsMs, from, to);
    histograms = Arrays.copyOfRange(samples, from, to);
  }

  int chunkCount() {
    return chunkCount;
  }

  byte[] array(int chunk) {
    return arrays[chunk];
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

  int histogramCount() {
    return histogramTimesMs.length;
  }

  long histogramTimeMs(int index) {
    return histogramTimesMs[index];
  }

  @Nullable NativeHistogram histogram(int index) {
    return histograms[index];
  }

  private void reserve(long bytes) {
    budget.reserve(bytes);
    copiedBytes += bytes;
  }
}
