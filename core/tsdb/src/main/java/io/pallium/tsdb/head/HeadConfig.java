package io.pallium.tsdb.head;

import io.pallium.base.config.DataSize;
import io.pallium.base.config.Doc;
import java.time.Duration;

/// How samples are kept in memory.
///
/// @param blockRange the time that a block covers; windows are multiples of it
/// @param openRange how far behind a tenant's newest sample one is still accepted that is in order
///   for its series
/// @param maxMemory what chunks, labels and the columns of series may take; 0: half of the heap
/// @param chunkSamples the samples after which a chunk is closed
/// @param chunkFileBytes the size from which on a new file of closed chunks is begun
/// @param maxExemplars the exemplars kept per tenant; 0: none
/// @param maxMetadata the metric families whose metadata is kept per tenant
/// @param storeStartTimestamps whether start timestamps of samples are kept
public record HeadConfig(
    @Doc("The time that a block covers; windows are multiples of it.") Duration blockRange,
    @Doc("How far behind a tenant's newest sample one is accepted that is in order for its series.")
        Duration openRange,
    @Doc(
            "The most memory that recent samples and their labels may take; 0 takes half of the"
                + " heap. Over nine tenths of it, writes with new series are answered with 503, and"
                + " over all of it all writes.")
        DataSize maxMemory,
    @Doc("The samples after which a chunk is closed.") int chunkSamples,
    @Doc("The size from which on closed chunks go into a new file.") long chunkFileBytes,
    @Doc("The exemplars kept per tenant; 0 for none.") int maxExemplars,
    @Doc("The metric families whose metadata is kept per tenant.") int maxMetadata,
    @Doc(
            "Whether the start timestamps that samples bring are stored, in chunks that Prometheus"
                + " reads from 3.14 on; otherwise they are dropped. Queries use them with"
                + " `querier.features.start_timestamps`.")
        boolean storeStartTimestamps) {

  public HeadConfig {
    if (blockRange.toMillis() < 1) {
      throw new IllegalArgumentException("block range is " + blockRange + ", the least is 1ms");
    }
    if (openRange.compareTo(blockRange) < 0) {
      throw new IllegalArgumentException(
          "open range is " + openRange + ", the least is the block range of " + blockRange);
    }
    if (chunkSamples < 2 || chunkSamples > 1000) {
      throw new IllegalArgumentException(
          "samples per chunk are " + chunkSamples + ", allowed is 2 to 1000");
    }
    if (chunkFileBytes < 4096 || chunkFileBytes > 1L << 30) {
      throw new IllegalArgumentException(
          "file of closed chunks has "
              + chunkFileBytes
              + " bytes, allowed is 4096 to "
              + (1L << 30));
    }
    if (maxExemplars < 0 || maxMetadata < 0) {
      throw new IllegalArgumentException(
          "exemplars and metadata to keep are " + maxExemplars + " and " + maxMetadata);
    }
  }

  /// Blocks of two hours, an open range of three.
  public static HeadConfig defaults() {
    return new HeadConfig(
        Duration.ofHours(2),
        Duration.ofHours(3),
        DataSize.ofBytes(0),
        120,
        64L << 20,
        100_000,
        20_000,
        false);
  }
}
