package io.pallium.tsdb.deletion;

import java.util.Arrays;

/// Spans of time in milliseconds, both ends inclusive: in order, and none touches the next.
/// Immutable.
public final class TimeSpans {
  public static final TimeSpans NONE = new TimeSpans(new long[0]);

  /// First and last time of each span, in turn.
  private final long[] bounds;

  private TimeSpans(long[] bounds) {
    this.bounds = bounds;
  }

  /// These spans and one more, `[minMs, maxMs]` with `minMs <= maxMs`.
  public TimeSpans with(long minMs, long maxMs) {
    long[] next = new long[bounds.length + 2];
    int filled = 0;
    int i = 0;
    while (i < bounds.length && bounds[i + 1] < minMs && bounds[i + 1] + 1 < minMs) {
      next[filled++] = bounds[i++];
      next[filled++] = bounds[i++];
    }
    long fromMs = minMs;
    long toMs = maxMs;
    while (i < bounds.length && (bounds[i] <= toMs || bounds[i] - 1 <= toMs)) {
      fromMs = Math.min(fromMs, bounds[i]);
      toMs = Math.max(toMs, bounds[i + 1]);
      i += 2;
    }
    next[filled++] = fromMs;
    next[filled++] = toMs;
    while (i < bounds.length) {
      next[filled++] = bounds[i++];
    }
    return new TimeSpans(Arrays.copyOf(next, filled));
  }

  public int count() {
    return bounds.length / 2;
  }

  public long minMs(int span) {
    return bounds[2 * span];
  }

  public long maxMs(int span) {
    return bounds[2 * span + 1];
  }

  public boolean contains(long timestampMs) {
    return overlaps(timestampMs, timestampMs);
  }

  /// Whether something of `[minMs, maxMs]` is in a span.
  public boolean overlaps(long minMs, long maxMs) {
    int span = firstEndingFrom(minMs);
    return span < count() && minMs(span) <= maxMs;
  }

  /// Whether all of `[minMs, maxMs]` is in one span.
  public boolean covers(long minMs, long maxMs) {
    int span = firstEndingFrom(minMs);
    return span < count() && minMs(span) <= minMs && maxMs(span) >= maxMs;
  }

  private int firstEndingFrom(long timestampMs) {
    int low = 0;
    int high = count();
    while (low < high) {
      int middle = low + high >>> 1;
      if (maxMs(middle) < timestampMs) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TimeSpans spans && Arrays.equals(bounds, spans.bounds);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bounds);
  }

  @Override
  public String toString() {
    return Arrays.toString(bounds);
  }
}
