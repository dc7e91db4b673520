package io.pallium.tsdb.head;

import io.pallium.base.HotPath;
import io.pallium.tsdb.headchunk.HeadChunkVisitor;
import java.util.Arrays;

/// The chunks that a start has found in files, a chain per series, until the log says what series
/// they are of. Confined to one thread while it takes them; then anyone reads.
///
/// A chunk names the one before it. What had been linked behind that one before is superseded: it
/// had been written before a start that could not use it, and was rebuilt from the log. A chunk
/// that names one that is missing is not used, nor are those behind it: all of that is in the log.
/// One whose file before it is gone is used as the first: whether a cut or damage has taken that
/// file is seen when the log is replayed.
@HotPath
final class RecoveredChunks implements HeadChunkVisitor {
  private static final int NONE = -1;

  // The newest chunk of each ref, by its index in the columns.
  private SlotMap newest = new SlotMap();

  // The last found of those whose samples came out of order, by ref.
  private SlotMap outOfOrder = new SlotMap();
  private long[] places = new long[1024];
  private long[] minTimesMs = new long[1024];
  private long[] maxTimesMs = new long[1024];
  private int[] lengths = new int[1024];
  private int[] previous = new int[1024];
  private int count;
  private long maxRef;
  private long unlinkedCount;

  @Override
  public void chunk(
      long ref,
      int encoding,
      boolean isOutOfOrder,
      long position,
      int lengthBytes,
      long minTimeMs,
      long maxTimeMs,
      long previousPosition,
      boolean hasPrevious) {
    maxRef = Math.max(maxRef, ref);
    if (isOutOfOrder) {
      long place = ChunkPlace.asOutOfOrder(ChunkPlace.inFile(encoding, position));
      int index = add(place, lengthBytes, minTimeMs, maxTimeMs, outOfOrder.get(ref));
      outOfOrder.put(ref, index);
      return;
    }
    int before = NONE;
    if (hasPrevious) {
      before = newest.get(ref);
      while (before != NONE && ChunkPlace.position(places[before]) != previousPosition) {
        before = previous[before];
      }
      if (before == NONE || maxTimesMs[before] >= minTimeMs) {
        unlinkedCount++;
        return;
      }
    }
    long place = ChunkPlace.inFile(encoding, position);
    newest.put(ref, add(place, lengthBytes, minTimeMs, maxTimeMs, before));
  }

  private int add(long place, int lengthBytes, long minTimeMs, long maxTimeMs, int before) {
    if (count == places.length) {
      grow();
    }
    places[count] = place;
    minTimesMs[count] = minTimeMs;
    maxTimesMs[count] = maxTimeMs;
    lengths[count] = lengthBytes;
    previous[count] = before;
    return count++;
  }

  /// The last found chunk of samples of a series that came out of order, or -1.
  int outOfOrder(long ref) {
    return outOfOrder.find(ref);
  }

  /// The highest ref of a chunk, whether the log knows it or not; 0 if there is none. A series that
  /// gets a ref must not find chunks of another one under it.
  long maxRef() {
    return maxRef;
  }

  /// The chunks that could not be used because one before them is missing.
  long unlinkedCount() {
    return unlinkedCount;
  }

  /// The newest chunk of a series, or -1.
  int newest(long ref) {
    return newest.find(ref);
  }

  /// The chunk before a chunk, or -1.
  int previous(int chunk) {
    return previous[chunk];
  }

  long position(int chunk) {
    return ChunkPlace.position(places[chunk]);
  }

  long place(int chunk) {
    return places[chunk];
  }

  int lengthBytes(int chunk) {
    return lengths[chunk];
  }

  long minTimeMs(int chunk) {
    return minTimesMs[chunk];
  }

  long maxTimeMs(int chunk) {
    return maxTimesMs[chunk];
  }

  /// Forgets all chunks; their counts stay.
  void forget() {
    newest = new SlotMap();
    outOfOrder = new SlotMap();
    places = new long[0];
    minTimesMs = new long[0];
    maxTimesMs = new long[0];
    lengths = new int[0];
    previous = new int[0];
  }

  private void grow() {
    int room = count * 2;
    places = Arrays.copyOf(places, room);
    minTimesMs = Arrays.copyOf(minTimesMs, room);
    maxTimesMs = Arrays.copyOf(maxTimesMs, room);
    lengths = Arrays.copyOf(lengths, room);
    previous = Arrays.copyOf(previous, room);
  }
}
