package io.pallium.model;

import java.util.Arrays;

/// One side of an exponential histogram in half of its resolution: buckets 2n-1 and 2n become n.
final class HalvedBuckets {
  private final boolean isFloat;
  private final int[] spans;
  private final long[] buckets;
  private int spansEnd;
  private int count;
  private long lastIndex;
  private long previousCount;

  HalvedBuckets(boolean isFloat, int[] spans, long[] buckets) {
    this.isFloat = isFloat;
    // Gaps only shrink, so there are no more spans than before.
    this.spans = new int[spans.length];
    this.buckets = new long[buckets.length];
    long index = 0;
    long sum = 0;
    int next = 0;
    for (int i = 0; i < spans.length; i += 2) {
      index += spans[i];
      for (int k = 0; k < spans[i + 1]; k++) {
        sum = isFloat ? buckets[next] : sum + buckets[next];
        next++;
        add(((index - 1) >> 1) + 1, sum);
        index++;
      }
    }
    finishDeltas();
  }

  int[] spans() {
    return Arrays.copyOf(spans, spansEnd);
  }

  long[] buckets() {
    return Arrays.copyOf(buckets, count);
  }

  private void add(long index, long bits) {
    if (count > 0 && index == lastIndex) {
      buckets[count - 1] = plus(buckets[count - 1], bits);
      return;
    }
    if (count > 0 && index == lastIndex + 1) {
      spans[spansEnd - 1]++;
    } else {
      spans[spansEnd++] = (int) (count == 0 ? index : index - lastIndex - 1);
      spans[spansEnd++] = 1;
    }
    buckets[count++] = bits;
    lastIndex = index;
  }

  private long plus(long a, long b) {
    return isFloat
        ? Double.doubleToRawLongBits(Double.longBitsToDouble(a) + Double.longBitsToDouble(b))
        : a + b;
  }

  private void finishDeltas() {
    if (isFloat) {
      return;
    }
    for (int i = 0; i < count; i++) {
      long absolute = buckets[i];
      buckets[i] = absolute - previousCount;
      previousCount = absolute;
    }
  }
}
