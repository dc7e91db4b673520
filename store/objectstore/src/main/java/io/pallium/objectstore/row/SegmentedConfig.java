package io.pallium.objectstore.row;

import io.pallium.base.config.DataSize;
import io.pallium.base.config.Doc;
import java.time.Duration;

/// How objects are kept in rows.
public record SegmentedConfig(
    @Doc("Objects are cut into segments of this size; one row of the database holds one segment.")
        DataSize segmentSize,
    @Doc("How many segments of one object are written or read at once.") int concurrency,
    @Doc(
            "How long segments stay after their object was replaced or deleted, or an upload was"
                + " broken off. An upload must be done, and a read too, within half of it.")
        Duration collectAfter) {
  private static final int MAX_SEGMENT_BYTES = 16 << 20;

  public SegmentedConfig {
    if (segmentSize.bytes() < 1 || segmentSize.bytes() > MAX_SEGMENT_BYTES) {
      throw new IllegalArgumentException(
          "segment_size must be 1B to "
              + DataSize.ofBytes(MAX_SEGMENT_BYTES)
              + ", was "
              + segmentSize);
    }
    if (concurrency < 1) {
      throw new IllegalArgumentException("concurrency must be positive, was " + concurrency);
    }
    if (!collectAfter.isPositive()) {
      throw new IllegalArgumentException("collect_after must be positive, was " + collectAfter);
    }
  }

  /// With what the database takes well in one row.
  public static SegmentedConfig of(DataSize segmentSize) {
    return new SegmentedConfig(segmentSize, 8, Duration.ofHours(2));
  }
}
