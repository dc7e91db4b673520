package io.pallium.tsdb.head;

import io.pallium.model.NativeHistogram;
import org.jspecify.annotations.Nullable;

/// A sample that came after later ones of its series.
///
/// @param bits of the value of a float
/// @param histogram null if it is a float
/// @param startMs since when it counts; 0 if that is not known
record OutOfOrderSample(
    long timestampMs, long bits, @Nullable NativeHistogram histogram, long startMs) {
  double value() {
    return Double.longBitsToDouble(bits);
  }
}
