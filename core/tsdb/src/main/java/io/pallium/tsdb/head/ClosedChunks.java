package io.pallium.tsdb.head;

import static io.pallium.tsdb.head.SeriesLayout.NODE_BYTES;
import static io.pallium.tsdb.head.SeriesLayout.NODE_LENGTH;
import static io.pallium.tsdb.head.SeriesLayout.NODE_MAX_TIME;
import static io.pallium.tsdb.head.SeriesLayout.NODE_MIN_TIME;
import static io.pallium.tsdb.head.SeriesLayout.NODE_PLACE;
import static io.pallium.tsdb.head.SeriesLayout.NODE_PREVIOUS;

import io.pallium.base.HotPath;
import io.pallium.tsdb.headchunk.HeadChunkFiles;
import io.pallium.tsdb.memory.BuddySlabs;
import io.pallium.tsdb.memory.ByteSlabs;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/// The closed chunks of one stripe's series: of each series a chain of small nodes, the newest
/// first, that say where the encoded bytes lie. Guarded by the stripe's lock.
///
/// The bytes wait in the slabs until [ChunkOffload] has written them to a file: it takes a batch of
/// those that wait, the oldest first, writes it without the lock, and settles it. A chunk that is
/// dropped meanwhile leaves a hole in the queue.
@HotPath
final class ClosedChunks {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final int NODE_UNITS = ByteSlabs.units(NODE_BYTES);

  private final SeriesTable table;
  private final BuddySlabs slabs;
  private final ByteSlabs nodes = new ByteSlabs();
  private final ChunkOffload offload;

  // What waits, in order of time; the first `takenCount` have the positions that they will have.
  private int[] waitingNodes = new int[16];
  private int[] waitingSlots = new int[16];
  private long[] takenPositions = new long[16];
  private int waitingCount;
  private int takenCount;

  // Read without the lock too.
  private volatile boolean hasWaiting;
  private volatile long count;

  ClosedChunks(SeriesTable table, BuddySlabs slabs, ChunkOffload offload) {
    this.table = table;
    this.slabs = slabs;
    this.offload = offload;
  }

  /// Adds the newest chunk of a series, whose bytes lie in the slabs and belong to it from now on.
  ///
  /// @param address of the run that the bytes begin in
  /// @param order what the run was allocated with
  void add(
      int slot,
      int encoding,
      int address,
      int order,
      int lengthBytes,
      long chunkMinMs,
      long chunkMaxMs) {
    long place = ChunkPlace.inMemory(encoding, address, order);
    int previous = table.closedChunks.get(slot);
    int node = addNode(previous, place, lengthBytes, chunkMinMs, chunkMaxMs);
    table.closedChunks.set(slot, node);
    addWaiting(slot, node, lengthBytes);
  }

  /// Adds a chunk of samples that came out of order, whose bytes are copied.
  ///
  /// @param previous such a chunk of the same series, or 0
  /// @return the new one
  int addOutOfOrder(
      int slot, int previous, int encoding, byte[] chunk, long chunkMinMs, long chunkMaxMs) {
    int order = BuddySlabs.order(chunk.length);
    int address = slabs.allocate(order);
    System.arraycopy(chunk, 0, slabs.array(address), BuddySlabs.offset(address), chunk.length);
    long place = ChunkPlace.asOutOfOrder(ChunkPlace.inMemory(encoding, address, order));
    int node = addNode(previous, place, chunk.length, chunkMinMs, chunkMaxMs);
    addWaiting(slot, node, chunk.length);
    return node;
  }

  private void addWaiting(int slot, int node, int lengthBytes) {
    if (waitingCount == waitingNodes.length) {
      waitingNodes = Arrays.copyOf(waitingNodes, waitingCount * 2);
      waitingSlots = Arrays.copyOf(waitingSlots, waitingCount * 2);
      takenPositions = Arrays.copyOf(takenPositions, waitingCount * 2);
    }
    waitingNodes[waitingCount] = node;
    waitingSlots[waitingCount++] = slot;
    hasWaiting = true;
    offload.added(lengthBytes);
  }

  /// Adds a chunk that lies in a file already.
  ///
  /// @param previous the one before it in its chain, or 0
  /// @return the new one
  int addFromFile(int previous, long place, int lengthBytes, long chunkMinMs, long chunkMaxMs) {
    offload.files().keep(ChunkPlace.position(place));
    return addNode(previous, place, lengthBytes, chunkMinMs, chunkMaxMs);
  }

  /// Makes a chunk that was added the newest of its series.
  void setNewest(int slot, int node) {
    table.closedChunks.set(slot, node);
  }

  private int addNode(int previous, long place, int lengthBytes, long chunkMinMs, long chunkMaxMs) {
    int node = nodes.allocate(NODE_UNITS);
    byte[] target = nodes.array(node);
    int start = ByteSlabs.offset(node);
    INT.set(target, start + NODE_PREVIOUS, previous);
    INT.set(target, start + NODE_LENGTH, lengthBytes);
    LONG.set(target, start + NODE_PLACE, place);
    LONG.set(target, start + NODE_MIN_TIME, chunkMinMs);
    LONG.set(target, start + NODE_MAX_TIME, chunkMaxMs);
    addToCount(1);
    return node;
  }

  /// The newest chunk of a series, or 0.
  int newest(int slot) {
    return table.closedChunks.get(slot);
  }

  /// The chunk before a chunk, or 0.
  int previous(int node) {
    return (int) INT.get(nodes.array(node), ByteSlabs.offset(node) + NODE_PREVIOUS);
  }

  int lengthBytes(int node) {
    return (int) INT.get(nodes.array(node), ByteSlabs.offset(node) + NODE_LENGTH);
  }

  long place(int node) {
    return (long) LONG.get(nodes.array(node), ByteSlabs.offset(node) + NODE_PLACE);
  }

  long minTimeMs(int node) {
    return (long) LONG.get(nodes.array(node), ByteSlabs.offset(node) + NODE_MIN_TIME);
  }

  long maxTimeMs(int node) {
    return (long) LONG.get(nodes.array(node), ByteSlabs.offset(node) + NODE_MAX_TIME);
  }

  /// Notes a chunk for a cursor: its place, or a copy while it is in memory.
  void capture(int node, CapturedSeries target) {
    long place = place(node);
    if (!ChunkPlace.isInMemory(place)) {
      target.addFromFile(place, lengthBytes(node), maxTimeMs(node));
      return;
    }
    int address = ChunkPlace.address(place);
    target.addCopy(
        place,
        slabs.array(address),
        BuddySlabs.offset(address),
        lengthBytes(node),
        maxTimeMs(node));
  }

  /// Takes away the chunks of a series that end before a time.
  ///
  /// @return the oldest chunk that is left, or 0
  int drop(int slot, long endMs) {
    int kept = 0;
    int node = table.closedChunks.get(slot);
    while (node != 0 && maxTimeMs(node) >= endMs) {
      kept = node;
      node = previous(node);
    }
    if (kept == 0) {
      table.closedChunks.set(slot, 0);
    } else {
      INT.set(nodes.array(kept), ByteSlabs.offset(kept) + NODE_PREVIOUS, 0);
    }
    long freed = 0;
    while (node != 0) {
      int previous = previous(node);
      free(node);
      freed++;
      node = previous;
    }
    addToCount(-freed);
    return kept;
  }

  /// Takes away the chunks of a chain of samples that came out of order that end before a time.
  ///
  /// @return the first of those that are left, or 0
  int dropOutOfOrder(int chain, long endMs) {
    int kept = 0;
    int node = chain;
    while (node != 0) {
      int previous = previous(node);
      if (maxTimeMs(node) < endMs) {
        free(node);
        addToCount(-1);
      } else {
        INT.set(nodes.array(node), ByteSlabs.offset(node) + NODE_PREVIOUS, kept);
        kept = node;
      }
      node = previous;
    }
    return kept;
  }

  /// Whether chunks wait to be written; read without the lock.
  boolean hasWaiting() {
    return hasWaiting;
  }

  /// Adds chunks that wait to a batch, until it has so many bytes. Ends with [#settle].
  void take(int maxBytes) {
    HeadChunkFiles files = offload.files();
    while (takenCount < waitingCount && files.bufferedBytes() < maxBytes) {
      int node = waitingNodes[takenCount];
      if (node != 0) {
        long place = place(node);
        int address = ChunkPlace.address(place);
        takenPositions[takenCount] =
            files.add(
                table.logRefs.get(waitingSlots[takenCount]),
                ChunkPlace.encoding(place),
                ChunkPlace.isOutOfOrder(place),
                minTimeMs(node),
                maxTimeMs(node),
                ChunkPlace.isOutOfOrder(place) ? 0 : positionBefore(node, takenCount),
                slabs.array(address),
                BuddySlabs.offset(address),
                lengthBytes(node));
      }
      takenCount++;
    }
  }

  /// Ends a batch: what was written leaves memory, what was not waits on.
  void settle(boolean isWritten) {
    if (isWritten) {
      for (int i = 0; i < takenCount; i++) {
        if (waitingNodes[i] != 0) {
          leaveMemory(waitingNodes[i], takenPositions[i]);
        }
      }
      waitingCount -= takenCount;
      System.arraycopy(waitingNodes, takenCount, waitingNodes, 0, waitingCount);
      System.arraycopy(waitingSlots, takenCount, waitingSlots, 0, waitingCount);
      hasWaiting = waitingCount > 0;
    }
    takenCount = 0;
  }

  private void leaveMemory(int node, long position) {
    long place = place(node);
    slabs.free(ChunkPlace.address(place), ChunkPlace.order(place));
    long placeInFile = ChunkPlace.inFile(ChunkPlace.encoding(place), position);
    LONG.set(
        nodes.array(node),
        ByteSlabs.offset(node) + NODE_PLACE,
        ChunkPlace.isOutOfOrder(place) ? ChunkPlace.asOutOfOrder(placeInFile) : placeInFile);
    offload.files().keep(position);
    offload.left(lengthBytes(node));
  }

  /// The position of the chunk before one that is taken as the `index`-th of a batch: in the same
  /// batch, if it is not in a file yet.
  private long positionBefore(int node, int index) {
    int previous = previous(node);
    if (previous == 0) {
      return 0;
    }
    long place = place(previous);
    if (!ChunkPlace.isInMemory(place)) {
      return ChunkPlace.position(place);
    }
    for (int i = index - 1; i >= 0; i--) {
      if (waitingNodes[i] == previous) {
        return takenPositions[i];
      }
    }
    throw new AssertionError("BUG: a chunk is written before the one before it");
  }

  private void free(int node) {
    long place = place(node);
    if (ChunkPlace.isInMemory(place)) {
      slabs.free(ChunkPlace.address(place), ChunkPlace.order(place));
      offload.left(lengthBytes(node));
      for (int i = 0; i < waitingCount; i++) {
        if (waitingNodes[i] == node) {
          waitingNodes[i] = 0;
        }
      }
    } else {
      offload.files().release(ChunkPlace.position(place));
    }
    nodes.free(node, NODE_UNITS);
  }

  /// The memory of what is known of the chunks.
  long allocatedBytes() {
    return nodes.allocatedBytes();
  }

  /// The chunks that are not dropped; read without the lock.
  long count() {
    return count;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // Written under the lock.
  private void addToCount(long more) {
    count += more;
  }
}
