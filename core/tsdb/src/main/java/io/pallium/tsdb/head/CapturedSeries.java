package io.pallium.tsdb.head;

import io.pallium.base.HotPath;
import io.pallium.base.memory.MemoryBudget;
import io.pallium.tsdb.headchunk.HeadChunkFiles;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// What a cursor has noted of a series: its chunks, from the newest to the oldest. Those that lie
/// in memory are copies, which are reserved before. Confined.
@HotPath
final class CapturedSeries {
  private final MemoryBudget budget;
  private final HeadChunkFiles.Reader files;
  private byte[] copies = new byte[256];
  private int copiedBytes;
  private long reservedBytes;

  // Of a copy: its offset, and the encoding in the place that ChunkPlace gives one in memory.
  private long[] places = new long[4];
  private int[] lengths = new int[4];
  private long[] maxTimesMs = new long[4];
  private int chunkCount;

  // The chunks from this one on, and these samples, came out of order.
  private int inOrderCount;
  private List<OutOfOrderSample> outOfOrder = List.of();

  private byte[] source = copies;
  private int offset;

  /// @param budget pays for the copies until [#reset]
  CapturedSeries(MemoryBudget budget, HeadChunkFiles files) {
    this.budget = budget;
    this.files = files.reader();
  }

  /// Lets go of everything.
  void reset() {
    budget.release(reservedBytes);
    reservedBytes = 0;
    copiedBytes = 0;
    chunkCount = 0;
    inOrderCount = 0;
    outOfOrder = List.of();
  }

  /// What is added from now on came out of order.
  void beginOutOfOrder() {
    outOfOrder = new ArrayList<>();
  }

  /// Adds a sample that is in no chunk.
  void addOutOfOrder(OutOfOrderSample sample) {
    outOfOrder.add(sample);
  }

  /// The chunks whose samples came in order; the others follow them.
  int inOrderCount() {
    return inOrderCount;
  }

  List<OutOfOrderSample> outOfOrder() {
    return outOfOrder;
  }

  boolean hasOutOfOrder() {
    return inOrderCount < chunkCount || !outOfOrder.isEmpty();
  }

  /// Copies a chunk, older than those before.
  ///
  /// @param place of which all but where it is stays
  /// @throws io.pallium.base.LimitExceededException if the budget has no room for it
  void addCopy(long place, byte[] source, int offset, int lengthBytes, long maxTimeMs) {
    int target = addRoom(place, lengthBytes, maxTimeMs);
    System.arraycopy(source, offset, copies, target, lengthBytes);
  }

  /// Makes room for the copy of a chunk, older than those before, to be written into [#copies].
  ///
  /// @return where it begins
  /// @throws io.pallium.base.LimitExceededException if the budget has no room for it
  int addRoom(long place, int lengthBytes, long maxTimeMs) {
    budget.reserve(lengthBytes);
    reservedBytes += lengthBytes;
    if (copies.length - copiedBytes < lengthBytes) {
      copies = Arrays.copyOf(copies, Math.max(copies.length * 2, copiedBytes + lengthBytes));
    }
    int start = copiedBytes;
    add(ChunkPlace.movedInMemory(place, start), lengthBytes, maxTimeMs);
    copiedBytes += lengthBytes;
    return start;
  }

  /// Notes a chunk in a file, older than those before.
  void addFromFile(long place, int lengthBytes, long maxTimeMs) {
    add(place, lengthBytes, maxTimeMs);
  }

  byte[] copies() {
    return copies;
  }

  int chunkCount() {
    return chunkCount;
  }

  int encoding(int chunk) {
    return ChunkPlace.encoding(places[chunk]);
  }

  boolean isInMemory(int chunk) {
    return ChunkPlace.isInMemory(places[chunk]);
  }

  /// Where a chunk in a file is.
  long position(int chunk) {
    return ChunkPlace.position(places[chunk]);
  }

  /// Makes [#source] and [#offset] say where a chunk's data is, until the next call. Needs no lock.
  ///
  /// @throws io.pallium.base.CorruptDataException if it cannot be read back as it was written
  void load(int chunk) {
    long place = places[chunk];
    if (isInMemory(chunk)) {
      source = copies;
      offset = ChunkPlace.address(place);
    } else {
      source = files.read(ChunkPlace.position(place), lengths[chunk]);
      offset = 0;
    }
  }

  byte[] source() {
    return source;
  }

  int offset() {
    return offset;
  }

  int lengthBytes(int chunk) {
    return lengths[chunk];
  }

  long maxTimeMs(int chunk) {
    return maxTimesMs[chunk];
  }

  private void add(long place, int lengthBytes, long maxTimeMs) {
    if (chunkCount == places.length) {
      int room = chunkCount * 2;
      places = Arrays.copyOf(places, room);
      lengths = Arrays.copyOf(lengths, room);
      maxTimesMs = Arrays.copyOf(maxTimesMs, room);
    }
    places[chunkCount] = place;
    lengths[chunkCount] = lengthBytes;
    maxTimesMs[chunkCount++] = maxTimeMs;
    if (!ChunkPlace.isOutOfOrder(place)) {
      inOrderCount = chunkCount;
    }
  }
}
