package io.pallium.tsdb.head;

import io.pallium.chunk.XorCodec;
import io.pallium.tsdb.memory.BuddySlabs;

/// The row of longs that each series has, one cache line, and the node of a closed chunk.
///
/// ```
/// row     [0-3] encoder of the open chunk; [0] is also the time and [2] the bits of the last sample
///               that was applied, whatever became of the chunk
///         [4]   time of the last sample that was accepted
///         [5]   bits of the last sample that was accepted (of a histogram: its hash)
///         [6]   bit 32-62 address of the open chunk, 16-31 its order, 0-4 flags
///         [7]   time of the oldest sample; Long.MAX_VALUE if there is none
/// closed  bytes 0-3 address of the node of the chunk before, 4-7 length, 8-15 where it lies
/// chunk         ([ChunkPlace]), 16-23 time of the first sample, 24-31 of the last
/// ```
///
/// Accepted and applied differ only while a batch is being committed, under the stripe's lock.
final class SeriesLayout {
  static final int ROW_LONGS = 8;
  static final int APPLIED_TIME = 0;
  static final int APPLIED_BITS = 2;
  static final int ENCODER_PACKED = 3;
  static final int ACCEPTED_TIME = 4;
  static final int ACCEPTED_BITS = 5;
  static final int OPEN_CHUNK = 6;
  static final int MIN_TIME = 7;

  /// The last accepted sample is a histogram.
  static final long ACCEPTED_HISTOGRAM = 1;

  /// The last applied sample is a histogram.
  static final long APPLIED_HISTOGRAM = 2;

  /// The log has the definition of the series.
  static final long DEFINED = 4;

  /// The series has samples that came out of order ([OutOfOrderTable]).
  static final long OUT_OF_ORDER = 8;

  /// The open chunk, if there is one, is not one of plain floats and lies beside the rows.
  static final long BESIDE = 16;

  static final long FLAGS = 31;

  /// The time of a series that has no sample.
  static final long NO_TIME = Long.MIN_VALUE;

  static final int NODE_PREVIOUS = 0;
  static final int NODE_LENGTH = 4;
  static final int NODE_PLACE = 8;
  static final int NODE_MIN_TIME = 16;
  static final int NODE_MAX_TIME = 24;
  static final int NODE_BYTES = 32;

  static final int FIRST_CHUNK_ORDER = BuddySlabs.MIN_ORDER;
  static final int STRIPES = 64;

  private SeriesLayout() {}

  static int stripe(int slot) {
    return slot >>> 12 & STRIPES - 1;
  }

  static int openAddress(long openChunk) {
    return (int) (openChunk >>> 32);
  }

  static int openOrder(long openChunk) {
    return (int) (openChunk >>> 16) & 0xffff;
  }

  static long openChunk(int address, int order, long flags) {
    return (long) address << 32 | (long) order << 16 | flags;
  }

  static void clearRow(long[] rows, int row) {
    for (int i = 0; i < XorCodec.STATE_LONGS; i++) {
      rows[row + i] = 0;
    }
    rows[row + APPLIED_TIME] = NO_TIME;
    rows[row + ACCEPTED_TIME] = NO_TIME;
    rows[row + ACCEPTED_BITS] = 0;
    rows[row + OPEN_CHUNK] = 0;
    rows[row + MIN_TIME] = Long.MAX_VALUE;
  }
}
