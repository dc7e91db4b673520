package io.pallium.tsdb.head;

import static io.pallium.tsdb.head.SeriesLayout.NODE_BYTES;
import static io.pallium.tsdb.head.SeriesLayout.NODE_LENGTH;
import static io.pallium.tsdb.head.SeriesLayout.NODE_MAX_TIME;
import static io.pallium.tsdb.head.SeriesLayout.NODE_MIN_TIME;
import static io.pallium.tsdb.head.SeriesLayout.NODE_PLACE;
import static io.pallium.tsdb.head.SeriesLayout.NODE_PREVIOUS;

import io.pallium.base.HotPath;
import io.pallium.tsdb.memory.ByteSlabs;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// The closed chunks of one stripe's series: of each series a chain of small nodes, the newest
/// first, that say where the encoded bytes lie. Guarded by the stripe's lock.
@HotPath
final class ClosedChunks {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final int NODE_UNITS = ByteSlabs.units(NODE_BYTES);

  private final SeriesTable table;
  private final ByteSlabs slabs;

  // Read without the lock by metrics only.
  private volatile long count;

  ClosedChunks(SeriesTable table, ByteSlabs slabs) {
    this.table = table;
    this.slabs = slabs;
  }

  /// Adds the newest chunk of a series, whose bytes lie in the slabs and belong to it from now on.
  ///
  /// @param address of the run that the bytes begin in
  /// @param units what the run was allocated with
  void add(
      int slot,
      int encoding,
      int address,
      int units,
      int lengthBytes,
      long chunkMinMs,
      long chunkMaxMs) {
    int node = slabs.allocate(NODE_UNITS);
    byte[] target = slabs.array(node);
    int start = ByteSlabs.offset(node);
    INT.set(target, start + NODE_PREVIOUS, table.closedChunks.get(slot));
    INT.set(target, start + NODE_LENGTH, lengthBytes);
    LONG.set(target, start + NODE_PLACE, ChunkPlace.inMemory(encoding, address, units));
    LONG.set(target, start + NODE_MIN_TIME, chunkMinMs);
    LONG.set(target, start + NODE_MAX_TIME, chunkMaxMs);
    table.closedChunks.set(slot, node);
    addToCount(1);
  }

  /// The newest chunk of a series, or 0.
  int newest(int slot) {
    return table.closedChunks.get(slot);
  }

  /// The chunk before a chunk, or 0.
  int previous(int node) {
    return (int) INT.get(slabs.array(node), ByteSlabs.offset(node) + NODE_PREVIOUS);
  }

  int lengthBytes(int node) {
    return (int) INT.get(slabs.array(node), ByteSlabs.offset(node) + NODE_LENGTH);
  }

  long place(int node) {
    return (long) LONG.get(slabs.array(node), ByteSlabs.offset(node) + NODE_PLACE);
  }

  long minTimeMs(int node) {
    return (long) LONG.get(slabs.array(node), ByteSlabs.offset(node) + NODE_MIN_TIME);
  }

  long maxTimeMs(int node) {
    return (long) LONG.get(slabs.array(node), ByteSlabs.offset(node) + NODE_MAX_TIME);
  }

  /// Notes a chunk for a cursor.
  void capture(int node, CapturedSeries target) {
    long place = place(node);
    int address = ChunkPlace.address(place);
    target.addCopy(
        ChunkPlace.encoding(place),
        slabs.array(address),
        ByteSlabs.offset(address),
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
      INT.set(slabs.array(kept), ByteSlabs.offset(kept) + NODE_PREVIOUS, 0);
    }
    long freed = 0;
    while (node != 0) {
      int previous = previous(node);
      long place = place(node);
      slabs.free(ChunkPlace.address(place), ChunkPlace.units(place));
      slabs.free(node, NODE_UNITS);
      freed++;
      node = previous;
    }
    addToCount(-freed);
    return kept;
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
