package io.pallium.tsdb.block;

import java.util.Arrays;

/// Where the chunks of a series are and which time they cover, in columns. Confined to one thread.
final class ChunkPlaces {
  private long[] minMs = new long[8];
  private long[] maxMs = new long[8];
  private long[] places = new long[8];
  private int count;

  void clear() {
    count = 0;
  }

  int count() {
    return count;
  }

  long minMs(int index) {
    return minMs[index];
  }

  long maxMs(int index) {
    return maxMs[index];
  }

  /// Number of the segment file in the upper half, offset in it in the lower.
  long place(int index) {
    return places[index];
  }

  void add(long chunkMinMs, long chunkMaxMs, long place) {
    if (count == places.length) {
      minMs = Arrays.copyOf(minMs, count * 2);
      maxMs = Arrays.copyOf(maxMs, count * 2);
      places = Arrays.copyOf(places, count * 2);
    }
    minMs[count] = chunkMinMs;
    maxMs[count] = chunkMaxMs;
    places[count] = place;
    count++;
  }

  /// Those with the numbers `[from, to)`.
  ChunkPlaces copy(int from, int to) {
    ChunkPlaces copy = new ChunkPlaces();
    copy.minMs = Arrays.copyOfRange(minMs, from, to);
    copy.maxMs = Arrays.copyOfRange(maxMs, from, to);
    copy.places = Arrays.copyOfRange(places, from, to);
    copy.count = to - from;
    return copy;
  }
}
