package io.pallium.tsdb.head;

import io.pallium.base.HotPath;
import io.pallium.model.NativeHistogram;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// What a cursor has noted of a series: chunks from the newest to the oldest, where closed ones lie
/// in the slabs and the open one is a copy; and histograms in ascending order. Confined.
@HotPath
final class CapturedSeries {
  private byte[][] arrays = new byte[4][];
  private int[] offsets = new int[4];
  private int[] lengths = new int[4];
  private long[] maxTimesMs = new long[4];
  private int chunkCount;
  private long copiedBytes;

  private long[] histogramTimesMs = new long[0];
  private @Nullable NativeHistogram[] histograms = new NativeHistogram[0];

  void reset() {
    chunkCount = 0;
    copiedBytes = 0;
    histogramTimesMs = new long[0];
  }

  /// Copies the open chunk.
  void addOpenChunk(byte[] source, int offset, int lengthBytes, long maxTimeMs) {
    byte[] copy = Arrays.copyOfRange(source, offset, offset + lengthBytes);
    copiedBytes = lengthBytes;
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

  /// Takes the histograms as they are.
  void setHistograms(long[] timestampsMs, @Nullable NativeHistogram[] samples) {
    histogramTimesMs = timestampsMs;
    histograms = samples;
    copiedBytes += 16L * timestampsMs.length;
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

  /// The bytes that were copied for the capture.
  long copiedBytes() {
    return copiedBytes;
  }
}
