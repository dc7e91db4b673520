package io.pallium.tsdb.head;

import io.pallium.model.NativeHistogram;
import org.jspecify.annotations.Nullable;

/// A sample that came after later ones of its series.
///
/// @param bits of the value of a float
/// @param histogram null if it is a float
record OutOfOrderSample(long timestampMs, long bits, @Nullable NativeHistogram histogram) {
  boolean isSame(long otherBits, @Nullable NativeHistogram other) {
    NativeHistogram own = histogram;
    return own == null || other == null
        ? own == other && bits == otherBits
        : ChunkSearch.isSame(own, other);
  }
}
