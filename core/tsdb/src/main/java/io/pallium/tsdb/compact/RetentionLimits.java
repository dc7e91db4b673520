package io.pallium.tsdb.compact;

import io.pallium.base.config.DataSize;
import io.pallium.base.config.Doc;
import io.pallium.tsdb.block.BlockReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// How long, and how much of, one tenant's samples are kept in blocks.
///
/// @param blocksRetentionPeriod a block goes when all of it is older; zero: never
/// @param blocksRetentionSize the oldest blocks go when all together are larger; zero: never
public record RetentionLimits(
    @Doc("How long a tenant's samples are kept, by the clock of this machine; 0 for ever.")
        Duration blocksRetentionPeriod,
    @Doc(
            "How large a tenant's blocks in `blocks/` may be, the oldest go first, but for those that"
                + " are still to be copied to the store; what lies in the store is not counted. 0"
                + " for no limit.")
        DataSize blocksRetentionSize) {
  /// For ever.
  public static final RetentionLimits NONE = new RetentionLimits(Duration.ZERO, DataSize.ZERO);

  public RetentionLimits {
    if (blocksRetentionPeriod.isNegative()) {
      throw new IllegalArgumentException(
          "blocks_retention_period is " + blocksRetentionPeriod + ", the least is 0s");
    }
  }

  /// The names of the blocks that are not kept.
  ///
  /// @param blocks in order of time
  /// @param kept names of blocks that no size removes
  List<String> expired(List<BlockReader> blocks, Set<String> kept, long nowMs) {
    List<String> expired = new ArrayList<>();
    long sizeBytes = 0;
    for (BlockReader block : blocks.reversed()) {
      sizeBytes += block.lengthBytes();
      boolean isOld =
          !blocksRetentionPeriod.isZero()
              && block.meta().maxTimeMs() <= nowMs - blocksRetentionPeriod.toMillis();
      boolean isTooMuch =
          blocksRetentionSize.bytes() > 0
              && sizeBytes > blocksRetentionSize.bytes()
              && !kept.contains(block.meta().ulid());
      if (isOld || isTooMuch) {
        expired.add(block.meta().ulid());
      }
    }
    return expired;
  }
}
