package io.pallium.tsdb.head;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.pallium.base.HotPath;
import java.util.Arrays;

/// A map from log refs to slots, for the time of a replay. Confined, but for [#find].
///
/// Refs that follow each other are in one block, and the last block is remembered: the series of a
/// record were mostly made one after the other, and a look into a large table for each of their
/// samples would be the larger part of a replay.
@HotPath
final class SlotMap {
  private static final long FACTOR = 0x9E37_79B9_7F4A_7C15L;
  private static final int BLOCK_SHIFT = 5;
  private static final int BLOCK_MASK = (1 << BLOCK_SHIFT) - 1;
  private static final int NONE = -1;

  // Numbers of blocks plus 1, in a table with open addresses, and where each begins.
  private long[] blocks = new long[1024];
  private int[] starts = new int[1024];
  private int blockCount;

  // Slots plus 1, by block.
  private int[] slots = new int[1024];

  private long lastBlock = NONE;
  private int lastStart = NONE;

  /// The slot of a ref, or -1.
  int get(long ref) {
    if (ref >>> BLOCK_SHIFT != lastBlock) {
      lastBlock = ref >>> BLOCK_SHIFT;
      lastStart = startOf(lastBlock);
    }
    return slot(lastStart, ref);
  }

  /// The same, for any thread, when nothing is put any more.
  int find(long ref) {
    return slot(startOf(ref >>> BLOCK_SHIFT), ref);
  }

  private int startOf(long block) {
    int at = place(blocks, block);
    return blocks[at] == 0 ? NONE : starts[at];
  }

  private int slot(int start, long ref) {
    return start == NONE ? NONE : slots[start + ((int) ref & BLOCK_MASK)] - 1;
  }

  /// @return whether the ref is new
  @CanIgnoreReturnValue
  boolean put(long ref, int slot) {
    boolean isNew = get(ref) == NONE;
    if (lastStart == NONE) {
      lastStart = addBlock(lastBlock);
    }
    slots[lastStart + ((int) ref & BLOCK_MASK)] = slot + 1;
    return isNew;
  }

  private int addBlock(long block) {
    if (blockCount * 2 >= blocks.length) {
      grow();
    }
    int start = blockCount++ << BLOCK_SHIFT;
    if (start == slots.length) {
      slots = Arrays.copyOf(slots, start * 2);
    }
    int at = place(blocks, block);
    blocks[at] = block + 1;
    starts[at] = start;
    return start;
  }

  /// Where a block is, or where it goes.
  private static int place(long[] blocks, long block) {
    int mask = blocks.length - 1;
    int at = (int) (block * FACTOR >>> 32) & mask;
    while (blocks[at] != 0 && blocks[at] != block + 1) {
      at = at + 1 & mask;
    }
    return at;
  }

  private void grow() {
    long[] oldBlocks = blocks;
    int[] oldStarts = starts;
    blocks = new long[oldBlocks.length * 2];
    starts = new int[oldBlocks.length * 2];
    for (int i = 0; i < oldBlocks.length; i++) {
      if (oldBlocks[i] != 0) {
        int at = place(blocks, oldBlocks[i] - 1);
        blocks[at] = oldBlocks[i];
        starts[at] = oldStarts[i];
      }
    }
  }
}
