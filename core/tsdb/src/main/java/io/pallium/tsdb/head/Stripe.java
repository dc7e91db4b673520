package io.pallium.tsdb.head;

import static io.pallium.tsdb.head.SeriesLayout.ACCEPTED_BITS;
import static io.pallium.tsdb.head.SeriesLayout.ACCEPTED_HISTOGRAM;
import static io.pallium.tsdb.head.SeriesLayout.ACCEPTED_TIME;
import static io.pallium.tsdb.head.SeriesLayout.APPLIED_BITS;
import static io.pallium.tsdb.head.SeriesLayout.APPLIED_HISTOGRAM;
import static io.pallium.tsdb.head.SeriesLayout.APPLIED_TIME;
import static io.pallium.tsdb.head.SeriesLayout.ENCODER_PACKED;
import static io.pallium.tsdb.head.SeriesLayout.FLAGS;
import static io.pallium.tsdb.head.SeriesLayout.MIN_TIME;
import static io.pallium.tsdb.head.SeriesLayout.NODE_BYTES;
import static io.pallium.tsdb.head.SeriesLayout.NODE_LENGTH;
import static io.pallium.tsdb.head.SeriesLayout.NODE_MAX_TIME;
import static io.pallium.tsdb.head.SeriesLayout.NODE_PREVIOUS;
import static io.pallium.tsdb.head.SeriesLayout.OPEN_CHUNK;

import io.pallium.base.HotPath;
import io.pallium.chunk.XorCodec;
import io.pallium.model.NativeHistogram;
import io.pallium.tsdb.memory.ByteSlabs;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.concurrent.locks.ReentrantLock;

/// The samples of every 64th page of series, with the lock that guards them and the series' rows.
///
/// A series' floats are one open chunk, which grows by moving to a larger run of bytes, and a chain
/// of closed ones, the newest first, each copied to its exact size when it was closed. The bytes of
/// a closed chunk never change; they are freed when a cut has dropped them and no querier from
/// before is left, so that a cursor that has noted them under the lock reads them without it.
///
/// A chunk is closed when it is full, when the next sample falls into another block's range, and
/// when a histogram follows: so no chunk spans two blocks, and floats and histograms take turns by
/// chunk.
///
/// Cost: an append touches the row (one cache line) and the end of the open chunk.
@HotPath
final class Stripe {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  final ReentrantLock lock = new ReentrantLock();

  private final SeriesTable table;
  private final int maxChunkSamples;
  private final long blockRangeMs;
  private final ByteSlabs slabs = new ByteSlabs();
  private final HistogramTable histograms = new HistogramTable();

  // The block range of the last sample that changed it: most samples fall into the same one.
  private long rangeStartMs;
  private long rangeEndMs;

  private final long[] decodedTimesMs;
  private final double[] decodedValues;

  // Read without the lock by metrics only.
  private volatile long closedChunkCount;
  private volatile long allocatedBytes;

  Stripe(SeriesTable table, int maxChunkSamples, long blockRangeMs) {
    this.table = table;
    this.maxChunkSamples = maxChunkSamples;
    this.blockRangeMs = blockRangeMs;
    this.decodedTimesMs = new long[maxChunkSamples];
    this.decodedValues = new double[maxChunkSamples];
  }

  /// Applies an accepted float sample, later than all of its series.
  void append(int slot, long[] rows, int row, long timestampMs, long bits) {
    if (XorCodec.sampleCount(rows, row) != 0) {
      if (XorCodec.sampleCount(rows, row) >= maxChunkSamples
          || isOtherRange(rows[row + APPLIED_TIME], timestampMs)) {
        closeChunk(slot, rows, row);
        openChunk(rows, row);
      }
    } else {
      openChunk(rows, row);
      if (rows[row + MIN_TIME] == Long.MAX_VALUE) {
        rows[row + MIN_TIME] = timestampMs;
      }
    }
    long open = rows[row + OPEN_CHUNK];
    int address = SeriesLayout.openAddress(open);
    double value = Double.longBitsToDouble(bits);
    if (!XorCodec.append(
        slabs.array(address),
        ByteSlabs.offset(address),
        SeriesLayout.openUnits(open) * ByteSlabs.UNIT_BYTES,
        rows,
        row,
        timestampMs,
        value)) {
      growAndAppend(rows, row, timestampMs, value);
    }
    rows[row + OPEN_CHUNK] &= ~APPLIED_HISTOGRAM;
  }

  /// Applies an accepted histogram sample, later than all of its series.
  void append(int slot, long[] rows, int row, long timestampMs, NativeHistogram histogram) {
    if (XorCodec.sampleCount(rows, row) != 0) {
      closeChunk(slot, rows, row);
    }
    if (rows[row + MIN_TIME] == Long.MAX_VALUE) {
      rows[row + MIN_TIME] = timestampMs;
    }
    boolean isAfterHistogram = (rows[row + OPEN_CHUNK] & APPLIED_HISTOGRAM) != 0;
    histograms.add(slot, timestampMs, histogram, isAfterHistogram);
    rows[row + APPLIED_TIME] = timestampMs;
    rows[row + APPLIED_BITS] = histogram.hashCode();
    rows[row + OPEN_CHUNK] |= APPLIED_HISTOGRAM;
  }

  /// Takes back what was accepted and not applied.
  void restore(long[] rows, int row) {
    rows[row + ACCEPTED_TIME] = rows[row + APPLIED_TIME];
    rows[row + ACCEPTED_BITS] = rows[row + APPLIED_BITS];
    long open = rows[row + OPEN_CHUNK];
    rows[row + OPEN_CHUNK] =
        (open & APPLIED_HISTOGRAM) != 0 ? open | ACCEPTED_HISTOGRAM : open & ~ACCEPTED_HISTOGRAM;
  }

  /// Whether a series has a float sample with exactly this time and these bits: the slow path for
  /// samples that are older than the last one.
  boolean hasSample(int slot, long[] rows, int row, long timestampMs, long bits) {
    if (timestampMs < rows[row + MIN_TIME] || timestampMs > rows[row + APPLIED_TIME]) {
      return false;
    }
    int chunk = table.closedChunks.get(slot);
    if (chunk == 0 || maxTimeMs(chunk) < timestampMs) {
      if (XorCodec.sampleCount(rows, row) == 0) {
        return false;
      }
      int address = SeriesLayout.openAddress(rows[row + OPEN_CHUNK]);
      int length = XorCodec.seal(slabs.array(address), ByteSlabs.offset(address), rows, row);
      return hasSample(slabs.array(address), ByteSlabs.offset(address), length, timestampMs, bits);
    }
    int previous = previous(chunk);
    while (previous != 0 && maxTimeMs(previous) >= timestampMs) {
      chunk = previous;
      previous = previous(chunk);
    }
    return hasSample(
        slabs.array(chunk),
        ByteSlabs.offset(chunk) + NODE_BYTES,
        lengthBytes(chunk),
        timestampMs,
        bits);
  }

  /// Whether a series has a histogram sample with exactly this time and content.
  boolean hasSample(int slot, long timestampMs, NativeHistogram histogram) {
    return histograms.has(slot, timestampMs, histogram);
  }

  /// Notes what a cursor needs of a series, samples in `[minTimeMs, maxTimeMs]`: a copy of the open
  /// chunk, and where the closed ones are.
  void capture(int slot, long minTimeMs, long maxTimeMs, CapturedSeries target) {
    long[] rows = table.rows.page(slot);
    int row = table.rows.row(slot);
    target.reset();
    if (rows[row + APPLIED_TIME] < minTimeMs || rows[row + MIN_TIME] > maxTimeMs) {
      return;
    }
    int chunk = table.closedChunks.get(slot);
    if (XorCodec.sampleCount(rows, row) != 0 && (chunk == 0 || maxTimeMs(chunk) < maxTimeMs)) {
      int address = SeriesLayout.openAddress(rows[row + OPEN_CHUNK]);
      int offset = ByteSlabs.offset(address);
      byte[] source = slabs.array(address);
      int length = XorCodec.seal(source, offset, rows, row);
      target.addOpenChunk(source, offset, length, rows[row + APPLIED_TIME]);
    }
    while (chunk != 0 && maxTimeMs(chunk) >= minTimeMs) {
      int previous = previous(chunk);
      if (previous == 0 || maxTimeMs(previous) < maxTimeMs) {
        target.addClosedChunk(
            slabs.array(chunk),
            ByteSlabs.offset(chunk) + NODE_BYTES,
            lengthBytes(chunk),
            maxTimeMs(chunk));
      }
      chunk = previous;
    }
    histograms.capture(slot, minTimeMs, maxTimeMs, target);
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
    if (XorCodec.sampleCount(rows, row) != 0 && rows[row + APPLIED_TIME] < endMs) {
      closeChunk(slot, rows, row);
    }
    int kept = 0;
    int chunk = table.closedChunks.get(slot);
    while (chunk != 0 && maxTimeMs(chunk) >= endMs) {
      kept = chunk;
      chunk = previous(chunk);
    }
    if (kept == 0) {
      table.closedChunks.set(slot, 0);
    } else {
      INT.set(slabs.array(kept), ByteSlabs.offset(kept) + NODE_PREVIOUS, 0);
    }
    long freed = 0;
    while (chunk != 0) {
      int previous = previous(chunk);
      slabs.free(chunk, ByteSlabs.units(NODE_BYTES + lengthBytes(chunk)));
      freed++;
      chunk = previous;
    }
    addClosedChunks(-freed);
    histograms.drop(slot, endMs);
    boolean isEmpty = rows[row + APPLIED_TIME] < endMs;
    rows[row + MIN_TIME] = isEmpty ? Long.MAX_VALUE : firstTimeMs(slot, rows, row, kept);
    return isEmpty;
  }

  /// The time of the oldest sample that is left.
  private long firstTimeMs(int slot, long[] rows, int row, int oldestChunk) {
    long firstMs = histograms.firstTimeMs(slot);
    if (oldestChunk != 0) {
      int start = ByteSlabs.offset(oldestChunk) + NODE_BYTES;
      return Math.min(firstMs, firstTimeMs(slabs.array(oldestChunk), start));
    }
    if (XorCodec.sampleCount(rows, row) != 0) {
      int address = SeriesLayout.openAddress(rows[row + OPEN_CHUNK]);
      return Math.min(firstMs, firstTimeMs(slabs.array(address), ByteSlabs.offset(address)));
    }
    return firstMs;
  }

  /// The time of a chunk's first sample: a zigzag varint behind its header.
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
    return closedChunkCount;
  }

  /// The memory of all chunks, free runs included.
  long allocatedBytes() {
    return allocatedBytes;
  }

  private boolean isOtherRange(long lastMs, long timestampMs) {
    if (timestampMs < rangeStartMs || timestampMs >= rangeEndMs) {
      rangeStartMs = Math.floorDiv(timestampMs, blockRangeMs) * blockRangeMs;
      rangeEndMs = rangeStartMs + blockRangeMs;
    }
    return lastMs < rangeStartMs;
  }

  private void openChunk(long[] rows, int row) {
    long flags = rows[row + OPEN_CHUNK] & FLAGS;
    int address = slabs.allocate(SeriesLayout.FIRST_CHUNK_UNITS);
    rows[row + OPEN_CHUNK] = SeriesLayout.openChunk(address, SeriesLayout.FIRST_CHUNK_UNITS, flags);
  }

  private void growAndAppend(long[] rows, int row, long timestampMs, double value) {
    long open = rows[row + OPEN_CHUNK];
    int address = SeriesLayout.openAddress(open);
    int units = SeriesLayout.openUnits(open);
    int grownUnits = units * 2;
    int grown = slabs.allocate(grownUnits);
    System.arraycopy(
        slabs.array(address),
        ByteSlabs.offset(address),
        slabs.array(grown),
        ByteSlabs.offset(grown),
        XorCodec.lengthBytes(rows, row));
    slabs.free(address, units);
    rows[row + OPEN_CHUNK] = SeriesLayout.openChunk(grown, grownUnits, open & FLAGS);
    allocatedBytes = slabs.allocatedBytes();
    if (!XorCodec.append(
        slabs.array(grown),
        ByteSlabs.offset(grown),
        grownUnits * ByteSlabs.UNIT_BYTES,
        rows,
        row,
        timestampMs,
        value)) {
      growAndAppend(rows, row, timestampMs, value);
    }
  }

  /// Moves the open chunk to the chain of closed ones. The encoder's last time and bits stay.
  private void closeChunk(int slot, long[] rows, int row) {
    long open = rows[row + OPEN_CHUNK];
    int address = SeriesLayout.openAddress(open);
    byte[] source = slabs.array(address);
    int offset = ByteSlabs.offset(address);
    int length = XorCodec.seal(source, offset, rows, row);
    int node = slabs.allocate(ByteSlabs.units(NODE_BYTES + length));
    byte[] target = slabs.array(node);
    int start = ByteSlabs.offset(node);
    INT.set(target, start + NODE_PREVIOUS, table.closedChunks.get(slot));
    INT.set(target, start + NODE_LENGTH, length);
    LONG.set(target, start + NODE_MAX_TIME, rows[row + APPLIED_TIME]);
    System.arraycopy(source, offset, target, start + NODE_BYTES, length);
    table.closedChunks.set(slot, node);
    slabs.free(address, SeriesLayout.openUnits(open));
    rows[row + OPEN_CHUNK] = open & FLAGS;
    rows[row + ENCODER_PACKED] = 0;
    addClosedChunks(1);
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // Written under the lock.
  private void addClosedChunks(long count) {
    closedChunkCount += count;
    allocatedBytes = slabs.allocatedBytes();
  }

  private boolean hasSample(
      byte[] source, int offset, int lengthBytes, long timestampMs, long bits) {
    int count = XorCodec.decode(source, offset, lengthBytes, decodedTimesMs, decodedValues, 0);
    for (int i = 0; i < count; i++) {
      if (decodedTimesMs[i] == timestampMs) {
        return Double.doubleToRawLongBits(decodedValues[i]) == bits;
      }
    }
    return false;
  }

  private int previous(int node) {
    return (int) INT.get(slabs.array(node), ByteSlabs.offset(node) + NODE_PREVIOUS);
  }

  private int lengthBytes(int node) {
    return (int) INT.get(slabs.array(node), ByteSlabs.offset(node) + NODE_LENGTH);
  }

  private long maxTimeMs(int node) {
    return (long) LONG.get(slabs.array(node), ByteSlabs.offset(node) + NODE_MAX_TIME);
  }
}
