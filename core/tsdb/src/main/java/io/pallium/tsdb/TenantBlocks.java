package io.pallium.tsdb;

import io.pallium.tsdb.block.Blocks;

/// The blocks of one tenant and where they end. The end is published after the block that reaches
/// to it: whoever has read an end finds all blocks before it, here or in the store, and looks for
/// everything from it on in the head. Thread-safe.
final class TenantBlocks {
  private final Blocks blocks;
  private final ShippedBlocks shipped;
  private volatile long endMs;

  TenantBlocks(Blocks blocks, ShippedBlocks shipped) {
    this.blocks = blocks;
    this.shipped = shipped;
    this.endMs = Math.max(blocks.endMs(), shipped.endMs());
  }

  Blocks blocks() {
    return blocks;
  }

  ShippedBlocks shipped() {
    return shipped;
  }

  /// All samples before this are in blocks, and none after it; Long.MIN_VALUE without blocks.
  long endMs() {
    return endMs;
  }

  void publishEnd(long newEndMs) {
    endMs = newEndMs;
  }

  /// Open queriers must be closed before.
  void close() {
    shipped.close();
    blocks.close();
  }
}
