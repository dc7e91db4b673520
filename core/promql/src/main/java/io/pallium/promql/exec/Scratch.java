package io.pallium.promql.exec;

import io.pallium.model.FloatHistogram;
import io.pallium.model.NativeHistogram;

/// Reserved room for what lives no longer than one computation, such as copies of the histograms
/// that it adds: as much as the largest computation so far needed, until the operator is closed.
/// Confined to one thread at a time.
final class Scratch {
  /// An operation on histograms makes no more copies of its operands than this, its result among
  /// them.
  private static final int COPIES = 4;

  private final Reservation memory;
  private long bytes;

  Scratch(Reservation memory) {
    this.memory = memory;
  }

  /// Makes sure that there is room for a computation before it begins.
  void ensure(long neededBytes) {
    if (neededBytes > bytes) {
      memory.reserve(neededBytes - bytes);
      bytes = neededBytes;
    }
  }

  /// Room for an operation on a histogram.
  void ensureFor(NativeHistogram histogram) {
    ensure(COPIES * histogram.memoryBytes());
  }

  /// Room for an operation on two histograms.
  void ensureFor(NativeHistogram one, NativeHistogram other) {
    ensure(COPIES * (one.memoryBytes() + other.memoryBytes()));
  }

  /// Room for adding a histogram to another, or taking it away.
  void ensureFor(FloatHistogram sum, FloatHistogram added) {
    ensure(COPIES * (sum.memoryBytes() + added.memoryBytes()));
  }
}
