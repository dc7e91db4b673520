package io.pallium.chunk;

import io.pallium.chunk.HistogramWriter.Header;
import io.pallium.model.NativeHistogram;
import java.util.Arrays;

/// Tells whether a histogram counts on from the one before.
final class CounterReset {
  private CounterReset() {}

  /// What the two histograms themselves show, whatever their hints say.
  static Header between(NativeHistogram before, NativeHistogram after) {
    if (before.isFloat() != after.isFloat() || before.isStale()) {
      return Header.UNKNOWN;
    }
    if (after.isStale()) {
      return Header.NO_RESET;
    }
    if (isLess(after, after.countBits(), before.countBits())) {
      return Header.RESET;
    }
    // Buckets of another width would have to be merged to be compared.
    if (before.schema() != after.schema() || before.zeroThreshold() != after.zeroThreshold()) {
      return Header.UNKNOWN;
    }
    boolean isReset =
        !Arrays.equals(before.customBounds(), after.customBounds())
            || isLess(after, after.zeroCountBits(), before.zeroCountBits())
            || hasLessBucket(
                before.positiveSpans(),
                before.positiveCounts(),
                after.positiveSpans(),
                after.positiveCounts())
            || hasLessBucket(
                before.negativeSpans(),
                before.negativeCounts(),
                after.negativeSpans(),
                after.negativeCounts());
    return isReset ? Header.RESET : Header.NO_RESET;
  }

  private static boolean isLess(NativeHistogram kind, long a, long b) {
    return kind.isFloat()
        ? Double.longBitsToDouble(a) < Double.longBitsToDouble(b)
        : Long.compareUnsigned(a, b) < 0;
  }

  private static boolean hasLessBucket(
      int[] beforeSpans, double[] before, int[] afterSpans, double[] after) {
    long[] beforeIndexes = indexes(beforeSpans, before.length);
    long[] afterIndexes = indexes(afterSpans, after.length);
    int j = 0;
    for (int i = 0; i < before.length; i++) {
      while (j < after.length && afterIndexes[j] < beforeIndexes[i]) {
        j++;
      }
      boolean isThere = j < after.length && afterIndexes[j] == beforeIndexes[i];
      if (before[i] > (isThere ? after[j] : 0)) {
        return true;
      }
    }
    return false;
  }

  /// The index of each bucket that the spans describe.
  private static long[] indexes(int[] spans, int buckets) {
    long[] indexes = new long[buckets];
    long index = 0;
    int filled = 0;
    for (int i = 0; i < spans.length; i += 2) {
      index += spans[i];
      for (int k = 0; k < spans[i + 1] && filled < buckets; k++) {
        indexes[filled++] = index++;
      }
    }
    return indexes;
  }
}
