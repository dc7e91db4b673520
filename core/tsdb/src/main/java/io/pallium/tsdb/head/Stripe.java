package io.pallium.tsdb.head;

import static io.pallium.tsdb.head.SeriesLayout.ACCEPTED_BITS;
import static io.pallium.tsdb.head.SeriesLayout.ACCEPTED_HISTOGRAM;
import static io.pallium.tsdb.head.SeriesLayout.ACCEPTED_TIME;
import static io.pallium.tsdb.head.SeriesLayout.APPLIED_BITS;
import static io.pallium.tsdb.head.SeriesLayout.APPLIED_HISTOGRAM;
import static io.pallium.tsdb.head.SeriesLayout.APPLIED_TIME;
import static io.pallium.tsdb.head.SeriesLayout.BESIDE;
import static io.pallium.tsdb.head.SeriesLayout.DEFINED;
import static io.pallium.tsdb.head.SeriesLayout.ENCODER_PACKED;
import static io.pallium.tsdb.head.SeriesLayout.FLAGS;
import static io.pallium.tsdb.head.SeriesLayout.MIN_TIME;
import static io.pallium.tsdb.head.SeriesLayout.NO_TIME;
import static io.pallium.tsdb.head.SeriesLayout.OPEN_CHUNK;
import static io.pallium.tsdb.head.SeriesLayout.OUT_OF_ORDER;

import io.pallium.base.CorruptDataException;
import io.pallium.base.HotPath;
import io.pallium.base.memory.MemoryBudget;
import io.pallium.chunk.ChunkAppender;
import io.pallium.chunk.ChunkEncoding;
import io.pallium.chunk.XorCodec;
import io.pallium.model.NativeHistogram;
import io.pallium.tsdb.memory.BuddySlabs;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The samples of every 64th page of series, with the lock that guards them and the series' rows.
///
/// A series' samples are one open chunk and a chain of closed ones ([ClosedChunks]), whose bytes
/// never change and go to files. An open chunk of plain floats grows in the slabs by moving to a
/// larger run of bytes, which becomes the closed chunk as it is. Few series have histograms or
/// start timestamps: their open chunks are objects beside the rows.
///
/// A chunk is closed when it is full, when the next sample falls into another block's range, and
/// when the next sample is of the other kind or the first with a start timestamp: so no chunk spans
/// two blocks, and floats and histograms take turns by chunk.
///
/// Cost: an append touches the row (one cache line) and the end of the open chunk.
@HotPath
final class Stripe {
  // A chunk beside the rows ends here too, as the size of histograms has no other bound.
  private static final int MAX_CHUNK_BYTES_BESIDE = 32 * 1024;

  private static final long FLOATS = ChunkPlace.inMemory(ChunkEncoding.XOR, 0, 0);

  final ReentrantLock lock = new ReentrantLock();

  private final SeriesTable table;
  private final int maxChunkSamples;
  private final long blockRangeMs;
  private final BuddySlabs slabs = new BuddySlabs();
  private final ClosedChunks closed;
  private final OpenChunks beside;
  private final OutOfOrderTable outOfOrder;
  private final ChunkSearch search = new ChunkSearch();
  private final CapturedSeries searched;

  // The block range of the last sample that changed it: most samples fall into the same one.
  private long rangeStartMs;
  private long rangeEndMs;

  // Read without the lock by metrics only.
  private volatile long allocatedBytes;

  Stripe(SeriesTable table, int maxChunkSamples, long blockRangeMs, ChunkOffload offload) {
    this.table = table;
    this.maxChunkSamples = maxChunkSamples;
    this.beside = new OpenChunks(maxChunkSamples);
    this.blockRangeMs = blockRangeMs;
    this.closed = new ClosedChunks(table, slabs, offload);
    this.outOfOrder = new OutOfOrderTable(closed);
    this.searched =
        new CapturedSeries(MemoryBudget.root("search", Long.MAX_VALUE), offload.files());
  }

  ClosedChunks closed() {
    return closed;
  }

  /// Applies an accepted float sample without a start timestamp, later than all of its series.
  void append(int slot, long[] rows, int row, long timestampMs, long bits) {
    if (XorCodec.sampleCount(rows, row) != 0) {
      if (isOtherRange(rows[row + APPLIED_TIME], timestampMs)) {
        closeFloats(slot, rows, row);
        openFloats(rows, row);
      }
    } else if (hasStartedFloats(slot, rows, row, timestampMs)) {
      appendBeside(slot, rows, row, timestampMs, bits, null, 0);
      return;
    } else {
      beginFloats(slot, rows, row, timestampMs);
    }
    long open = rows[row + OPEN_CHUNK];
    int address = SeriesLayout.openAddress(open);
    double value = Double.longBitsToDouble(bits);
    if (!XorCodec.append(
        slabs.array(address),
        BuddySlabs.offset(address),
        BuddySlabs.sizeBytes(SeriesLayout.openOrder(open)),
        rows,
        row,
        timestampMs,
        value)) {
      growAndAppend(rows, row, timestampMs, value);
    }
    if (XorCodec.sampleCount(rows, row) >= maxChunkSamples) {
      closeFloats(slot, rows, row);
    }
  }

  /// Applies an accepted sample, later than all of its series.
  ///
  /// @param bits of the value of a float
  /// @param histogram null for a float
  /// @param startMs since when it counts; 0 if that is not known
  void append(
      int slot,
      long[] rows,
      int row,
      long timestampMs,
      long bits,
      @Nullable NativeHistogram histogram,
      long startMs) {
    if (histogram == null && startMs == 0) {
      append(slot, rows, row, timestampMs, bits);
    } else {
      appendBeside(slot, rows, row, timestampMs, bits, histogram, startMs);
    }
  }

  private void appendBeside(
      int slot,
      long[] rows,
      int row,
      long timestampMs,
      long bits,
      @Nullable NativeHistogram histogram,
      long startMs) {
    if (XorCodec.sampleCount(rows, row) != 0) {
      closeFloats(slot, rows, row);
    }
    if (rows[row + MIN_TIME] == Long.MAX_VALUE) {
      rows[row + MIN_TIME] = timestampMs;
    }
    ChunkAppender open = beside.getOrOpen(slot);
    if (open.sampleCount() != 0 && isOtherRange(rows[row + APPLIED_TIME], timestampMs)) {
      closeBeside(slot, open);
    }
    double value = Double.longBitsToDouble(bits);
    if (!open.append(timestampMs, value, histogram, startMs)) {
      closeBeside(slot, open);
      open.append(timestampMs, value, histogram, startMs);
    }
    rows[row + APPLIED_TIME] = timestampMs;
    rows[row + APPLIED_BITS] = histogram == null ? bits : histogram.hashCode();
    rows[row + OPEN_CHUNK] &= ~APPLIED_HISTOGRAM;
    rows[row + OPEN_CHUNK] |= histogram == null ? BESIDE : BESIDE | APPLIED_HISTOGRAM;
    if (open.sampleCount() >= maxChunkSamples || open.lengthBytes() >= MAX_CHUNK_BYTES_BESIDE) {
      closeBeside(slot, open);
    }
  }

  /// Whether a float without a start timestamp goes on with the open chunk beside the rows.
  private boolean hasStartedFloats(int slot, long[] rows, int row, long timestampMs) {
    ChunkAppender open = openBeside(slot, rows, row);
    return open != null
        && open.sampleCount() != 0
        && ChunkEncoding.isFloat(open.encoding())
        && !isOtherRange(rows[row + APPLIED_TIME], timestampMs);
  }

  /// Takes over the chunks of a series that were found in files and do not end before a time, if
  /// they are later than all that the series has.
  ///
  /// @param newest the newest of them
  /// @param isLast whether the newest has the last sample of the series; otherwise one is appended
  /// @return whether there were any
  /// @throws io.pallium.base.CorruptDataException if one cannot be read any more; nothing has
  ///   changed
  boolean attach(int slot, RecoveredChunks chunks, int newest, long fromMs, boolean isLast) {
    long[] rows = table.rows.page(slot);
    int row = table.rows.row(slot);
    int wanted = 0;
    int oldest = newest;
    for (int chunk = newest; chunk >= 0; chunk = chunks.previous(chunk)) {
      if (chunks.maxTimeMs(chunk) >= fromMs) {
        wanted++;
        oldest = chunk;
      }
    }
    if (wanted == 0 || chunks.minTimeMs(oldest) <= rows[row + APPLIED_TIME]) {
      return false;
    }
    long lastBits = isLast ? search.lastBits(searched, chunks, newest) : 0;
    closeOpen(slot, rows, row);
    for (int left = wanted - 1; left >= 0; left--) {
      int chunk = newest;
      for (int i = 0; i < left; i++) {
        chunk = chunks.previous(chunk);
      }
      int node =
          closed.addFromFile(
              closed.newest(slot),
              chunks.place(chunk),
              chunks.lengthBytes(chunk),
              chunks.minTimeMs(chunk),
              chunks.maxTimeMs(chunk));
      closed.setNewest(slot, node);
    }
    rows[row + MIN_TIME] = Math.min(rows[row + MIN_TIME], chunks.minTimeMs(oldest));
    rows[row + APPLIED_TIME] = chunks.maxTimeMs(newest);
    rows[row + APPLIED_BITS] = lastBits;
    if (ChunkEncoding.isFloat(ChunkPlace.encoding(chunks.place(newest)))) {
      rows[row + OPEN_CHUNK] &= ~APPLIED_HISTOGRAM;
    } else {
      rows[row + OPEN_CHUNK] |= APPLIED_HISTOGRAM;
    }
    restore(rows, row);
    return true;
  }

  /// Takes over the chunks of samples of a series that came out of order, were found in files, and
  /// do not end before a time. The oldest time of the series stays, until [#includeOutOfOrder].
  ///
  /// @param chunk one of them, the others before it
  void attachOutOfOrder(int slot, RecoveredChunks chunks, int chunk, long fromMs) {
    if (outOfOrder.attach(slot, chunks, chunk, fromMs)) {
      table.rows.page(slot)[table.rows.row(slot) + OPEN_CHUNK] |= OUT_OF_ORDER;
    }
  }

  /// Makes chunks of the samples that came out of order.
  void closeOutOfOrder() {
    outOfOrder.closeAll();
    noteAllocated();
  }

  /// Adds a sample that is older than the newest of its series, unless the series has one at its
  /// time. The oldest time of the series stays, until [#includeOutOfOrder].
  ///
  /// @return whether it was added
  boolean replay(
      int slot, long timestampMs, long bits, @Nullable NativeHistogram histogram, long startMs) {
    long[] rows = table.rows.page(slot);
    int row = table.rows.row(slot);
    long minTimeMs = rows[row + MIN_TIME];
    rows[row + MIN_TIME] = Long.MIN_VALUE;
    boolean isNew = find(slot, timestampMs, bits, histogram) == ChunkSearch.Found.NOTHING;
    if (isNew) {
      insert(slot, rows, row, timestampMs, bits, histogram, startMs);
    }
    rows[row + MIN_TIME] = minTimeMs;
    return isNew;
  }

  /// Gives up the chunks of a series that were found in files, if it has nothing else.
  void detach(int slot) {
    long[] rows = table.rows.page(slot);
    int row = table.rows.row(slot);
    int newest = closed.newest(slot);
    if (newest != 0 && closed.maxTimeMs(newest) == rows[row + APPLIED_TIME]) {
      closed.drop(slot, Long.MAX_VALUE);
      beside.remove(slot);
      long kept = rows[row + OPEN_CHUNK] & (DEFINED | OUT_OF_ORDER);
      SeriesLayout.clearRow(rows, row);
      rows[row + OPEN_CHUNK] = kept;
    }
  }

  private void closeOpen(int slot, long[] rows, int row) {
    if (XorCodec.sampleCount(rows, row) != 0) {
      closeFloats(slot, rows, row);
      return;
    }
    ChunkAppender open = openBeside(slot, rows, row);
    if (open != null && open.sampleCount() != 0) {
      closeBeside(slot, open);
    }
  }

  /// Takes back what was accepted and not applied.
  void restore(long[] rows, int row) {
    rows[row + ACCEPTED_TIME] = rows[row + APPLIED_TIME];
    rows[row + ACCEPTED_BITS] = rows[row + APPLIED_BITS];
    long open = rows[row + OPEN_CHUNK];
    rows[row + OPEN_CHUNK] =
        (open & APPLIED_HISTOGRAM) != 0 ? open | ACCEPTED_HISTOGRAM : open & ~ACCEPTED_HISTOGRAM;
  }

  /// Applies an accepted sample that is older than the newest of its series, at a time at which the
  /// series has none.
  void insert(
      int slot,
      long[] rows,
      int row,
      long timestampMs,
      long bits,
      @Nullable NativeHistogram histogram,
      long startMs) {
    outOfOrder.add(slot, new OutOfOrderSample(timestampMs, bits, histogram, startMs));
    rows[row + OPEN_CHUNK] |= OUT_OF_ORDER;
    rows[row + MIN_TIME] = Math.min(rows[row + MIN_TIME], timestampMs);
    noteAllocated();
  }

  /// What a series has at the time of a sample: the slow path for those that are older than the
  /// last one.
  ///
  /// @param bits of the value of a float
  /// @param histogram null for a float
  ChunkSearch.Found find(
      int slot, long timestampMs, long bits, @Nullable NativeHistogram histogram) {
    capture(slot, timestampMs, timestampMs, searched);
    try {
      return search.find(searched, timestampMs, bits, histogram);
    } catch (CorruptDataException e) {
      // What cannot be read any more is not known to be the same.
      return ChunkSearch.Found.NOTHING;
    } finally {
      searched.reset();
    }
  }

  /// Notes what a cursor needs of a series, samples in `[minTimeMs, maxTimeMs]`.
  void capture(int slot, long minTimeMs, long maxTimeMs, CapturedSeries target) {
    long[] rows = table.rows.page(slot);
    int row = table.rows.row(slot);
    target.reset();
    if (rows[row + APPLIED_TIME] < minTimeMs || rows[row + MIN_TIME] > maxTimeMs) {
      return;
    }
    int node = closed.newest(slot);
    if (node == 0 || closed.maxTimeMs(node) < maxTimeMs) {
      captureOpen(slot, rows, row, target);
    }
    while (node != 0 && closed.maxTimeMs(node) >= minTimeMs) {
      if (closed.minTimeMs(node) <= maxTimeMs) {
        closed.capture(node, target);
      }
      node = closed.previous(node);
    }
    if ((rows[row + OPEN_CHUNK] & OUT_OF_ORDER) != 0) {
      outOfOrder.capture(slot, minTimeMs, maxTimeMs, target);
    }
  }

  private void captureOpen(int slot, long[] rows, int row, CapturedSeries target) {
    if (XorCodec.sampleCount(rows, row) != 0) {
      int address = SeriesLayout.openAddress(rows[row + OPEN_CHUNK]);
      int offset = BuddySlabs.offset(address);
      byte[] source = slabs.array(address);
      int length = XorCodec.seal(source, offset, rows, row);
      target.addCopy(FLOATS, source, offset, length, rows[row + APPLIED_TIME]);
      return;
    }
    ChunkAppender open = openBeside(slot, rows, row);
    if (open != null && open.sampleCount() != 0) {
      int offset =
          target.addRoom(
              ChunkPlace.inMemory(open.encoding(), 0, 0), open.lengthBytes(), open.maxTimeMs());
      open.copyTo(target.copies(), offset);
    }
  }

  /// Frees the samples of a series that lie before a time. The time is the bound of a block's
  /// range, or lies behind all samples of the series.
  ///
  /// @return whether no sample is left
  boolean drop(int slot, long endMs) {
    long[] rows = table.rows.page(slot);
    int row = table.rows.row(slot);
    if (rows[row + MIN_TIME] >= endMs) {
      return rows[row + MIN_TIME] == Long.MAX_VALUE;
    }
    boolean isEmpty = rows[row + APPLIED_TIME] < endMs;
    if (isEmpty) {
      dropOpen(slot, rows, row);
    }
    int oldest = closed.drop(slot, endMs);
    if ((rows[row + OPEN_CHUNK] & OUT_OF_ORDER) != 0 && outOfOrder.drop(slot, endMs)) {
      rows[row + OPEN_CHUNK] &= ~OUT_OF_ORDER;
    }
    if (isEmpty) {
      rows[row + MIN_TIME] = Long.MAX_VALUE;
    } else {
      rows[row + MIN_TIME] =
          oldest != 0 ? closed.minTimeMs(oldest) : openMinTimeMs(slot, rows, row);
      includeOutOfOrder(slot);
    }
    noteAllocated();
    return isEmpty;
  }

  /// Makes the oldest time of a series also that of its samples that came out of order.
  void includeOutOfOrder(int slot) {
    long[] rows = table.rows.page(slot);
    int row = table.rows.row(slot);
    if ((rows[row + OPEN_CHUNK] & OUT_OF_ORDER) == 0) {
      return;
    }
    if (rows[row + APPLIED_TIME] == NO_TIME) {
      // They came after samples that are missing; the series goes.
      outOfOrder.drop(slot, Long.MAX_VALUE);
      rows[row + OPEN_CHUNK] &= ~OUT_OF_ORDER;
    } else {
      rows[row + MIN_TIME] = Math.min(rows[row + MIN_TIME], outOfOrder.minTimeMs(slot));
    }
  }

  private void dropOpen(int slot, long[] rows, int row) {
    if (XorCodec.sampleCount(rows, row) != 0) {
      long open = rows[row + OPEN_CHUNK];
      slabs.free(SeriesLayout.openAddress(open), SeriesLayout.openOrder(open));
      rows[row + OPEN_CHUNK] = open & FLAGS;
      rows[row + ENCODER_PACKED] = 0;
    } else {
      leaveBeside(slot, rows, row);
    }
  }

  private long openMinTimeMs(int slot, long[] rows, int row) {
    if (XorCodec.sampleCount(rows, row) != 0) {
      int address = SeriesLayout.openAddress(rows[row + OPEN_CHUNK]);
      return firstTimeMs(slabs.array(address), BuddySlabs.offset(address));
    }
    ChunkAppender open = openBeside(slot, rows, row);
    return open == null ? Long.MAX_VALUE : open.minTimeMs();
  }

  /// The time of a float chunk's first sample: a zigzag varint behind its header.
  private static long firstTimeMs(byte[] chunk, int offset) {
    long zigzag = 0;
    int at = offset + XorCodec.HEADER_BYTES;
    for (int shift = 0; shift < 64; shift += 7) {
      byte b = chunk[at++];
      zigzag |= (b & 0x7fL) << shift;
      if (b >= 0) {
        break;
      }
    }
    return zigzag >>> 1 ^ -(zigzag & 1);
  }

  /// The chunks that are closed and not dropped.
  long closedChunkCount() {
    return closed.count();
  }

  /// The memory of all chunks, free runs included.
  long allocatedBytes() {
    return allocatedBytes;
  }

  private void noteAllocated() {
    allocatedBytes = slabs.allocatedBytes() + closed.allocatedBytes();
  }

  private boolean isOtherRange(long lastMs, long timestampMs) {
    if (timestampMs < rangeStartMs || timestampMs >= rangeEndMs) {
      rangeStartMs = Math.floorDiv(timestampMs, blockRangeMs) * blockRangeMs;
      rangeEndMs = rangeStartMs + blockRangeMs;
    }
    return lastMs < rangeStartMs;
  }

  /// The open chunk of a series that lies beside the rows; it may have no samples yet.
  private @Nullable ChunkAppender openBeside(int slot, long[] rows, int row) {
    return (rows[row + OPEN_CHUNK] & BESIDE) == 0 ? null : beside.get(slot);
  }

  private void leaveBeside(int slot, long[] rows, int row) {
    if ((rows[row + OPEN_CHUNK] & BESIDE) != 0) {
      beside.remove(slot);
      rows[row + OPEN_CHUNK] &= ~BESIDE;
    }
  }

  /// Opens a chunk of plain floats where there is none.
  private void beginFloats(int slot, long[] rows, int row, long timestampMs) {
    closeOpen(slot, rows, row);
    leaveBeside(slot, rows, row);
    rows[row + OPEN_CHUNK] &= ~APPLIED_HISTOGRAM;
    openFloats(rows, row);
    if (rows[row + MIN_TIME] == Long.MAX_VALUE) {
      rows[row + MIN_TIME] = timestampMs;
    }
  }

  private void openFloats(long[] rows, int row) {
    long flags = rows[row + OPEN_CHUNK] & FLAGS;
    int address = slabs.allocate(SeriesLayout.FIRST_CHUNK_ORDER);
    rows[row + OPEN_CHUNK] = SeriesLayout.openChunk(address, SeriesLayout.FIRST_CHUNK_ORDER, flags);
  }

  private void growAndAppend(long[] rows, int row, long timestampMs, double value) {
    long open = rows[row + OPEN_CHUNK];
    int address = SeriesLayout.openAddress(open);
    int order = SeriesLayout.openOrder(open);
    int grown = slabs.allocate(order + 1);
    System.arraycopy(
        slabs.array(address),
        BuddySlabs.offset(address),
        slabs.array(grown),
        BuddySlabs.offset(grown),
        XorCodec.lengthBytes(rows, row));
    slabs.free(address, order);
    rows[row + OPEN_CHUNK] = SeriesLayout.openChunk(grown, order + 1, open & FLAGS);
    noteAllocated();
    if (!XorCodec.append(
        slabs.array(grown),
        BuddySlabs.offset(grown),
        BuddySlabs.sizeBytes(order + 1),
        rows,
        row,
        timestampMs,
        value)) {
      growAndAppend(rows, row, timestampMs, value);
    }
  }

  /// Moves the open chunk of floats to the closed ones. The encoder's last time and bits stay.
  private void closeFloats(int slot, long[] rows, int row) {
    long open = rows[row + OPEN_CHUNK];
    int address = SeriesLayout.openAddress(open);
    int offset = BuddySlabs.offset(address);
    int length = XorCodec.seal(slabs.array(address), offset, rows, row);
    long chunkMinMs = firstTimeMs(slabs.array(address), offset);
    closed.add(
        slot,
        ChunkEncoding.XOR,
        address,
        SeriesLayout.openOrder(open),
        length,
        chunkMinMs,
        rows[row + APPLIED_TIME]);
    rows[row + OPEN_CHUNK] = open & FLAGS;
    rows[row + ENCODER_PACKED] = 0;
    noteAllocated();
  }

  /// Moves the open chunk beside the rows to the closed ones; the next one may follow there.
  private void closeBeside(int slot, ChunkAppender open) {
    int encoding = open.encoding();
    byte[] chunk = open.cut();
    int order = BuddySlabs.order(chunk.length);
    int address = slabs.allocate(order);
    System.arraycopy(chunk, 0, slabs.array(address), BuddySlabs.offset(address), chunk.length);
    closed.add(slot, encoding, address, order, chunk.length, open.minTimeMs(), open.maxTimeMs());
    noteAllocated();
  }

  /// The chunks of a series, open and closed.
  int chunkCount(int slot) {
    long[] rows = table.rows.page(slot);
    int row = table.rows.row(slot);
    ChunkAppender open = openBeside(slot, rows, row);
    boolean isOpen =
        XorCodec.sampleCount(rows, row) > 0 || (open != null && open.sampleCount() > 0);
    int count = (isOpen ? 1 : 0) + outOfOrder.chunkCount(slot);
    for (int node = closed.newest(slot); node != 0; node = closed.previous(node)) {
      count++;
    }
    return count;
  }
}
