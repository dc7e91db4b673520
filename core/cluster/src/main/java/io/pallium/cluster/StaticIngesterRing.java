package io.pallium.cluster;

import io.pallium.storage.SampleSink;
import java.util.List;

/// A fixed list of ingesters with replication 1: each owns an equal, contiguous range of tokens, in
/// the order of the list. All distributors must be given the same list in the same order.
/// Immutable.
public final class StaticIngesterRing implements IngesterRing {
  private final List<SampleSink> sinks;

  /// @param sinks one or more
  public StaticIngesterRing(List<SampleSink> sinks) {
    if (sinks.isEmpty()) {
      throw new IllegalArgumentException("a ring needs one ingester or more");
    }
    this.sinks = List.copyOf(sinks);
  }

  @Override
  public int size() {
    return sinks.size();
  }

  @Override
  public int owner(int token) {
    return (int) ((Integer.toUnsignedLong(token) * sinks.size()) >>> 32);
  }

  @Override
  public SampleSink sink(int ingester) {
    return sinks.get(ingester);
  }
}
