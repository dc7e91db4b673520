package io.pallium.tsdb.head;

import io.pallium.base.HotPath;

/// Where a closed chunk lies, and what it is, in one long: bit 62 is set if its samples came out of
/// order.
///
/// ```
/// in memory  bit 63 set; 56-61 encoding; 32-55 order of the run; 0-31 its address in the slabs
/// in a file  bit 63 not set; 56-61 encoding; 0-55 position in the files of head chunks
/// ```
@HotPath
final class ChunkPlace {
  private static final int ENCODING_SHIFT = 56;
  private static final long OUT_OF_ORDER = 1L << 62;
  private static final int ORDER_MASK = 0xff_ffff;
  private static final long POSITION_MASK = (1L << ENCODING_SHIFT) - 1;

  private ChunkPlace() {}

  static long inMemory(int encoding, int address, int order) {
    return Long.MIN_VALUE
        | (long) encoding << ENCODING_SHIFT
        | (long) order << 32
        | address & 0xffff_ffffL;
  }

  static long inFile(int encoding, long position) {
    return (long) encoding << ENCODING_SHIFT | position;
  }

  /// The same chunk at another address.
  static long movedInMemory(long place, int address) {
    long moved = inMemory(encoding(place), address, 0);
    return isOutOfOrder(place) ? asOutOfOrder(moved) : moved;
  }

  static boolean isInMemory(long place) {
    return place < 0;
  }

  static int encoding(long place) {
    return (int) (place >>> ENCODING_SHIFT) & 0x3f;
  }

  static long asOutOfOrder(long place) {
    return place | OUT_OF_ORDER;
  }

  static boolean isOutOfOrder(long place) {
    return (place & OUT_OF_ORDER) != 0;
  }

  /// Of a chunk in memory.
  static int address(long place) {
    return (int) place;
  }

  /// Of a chunk in memory.
  static int order(long place) {
    return (int) (place >>> 32) & ORDER_MASK;
  }

  /// Of a chunk in a file.
  static long position(long place) {
    return place & POSITION_MASK;
  }
}
