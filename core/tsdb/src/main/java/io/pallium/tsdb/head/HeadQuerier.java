package io.pallium.tsdb.head;

import io.pallium.model.LabelMatcher;
import io.pallium.storage.Querier;
import io.pallium.storage.QueryControl;
import io.pallium.storage.SelectHints;
import io.pallium.storage.SeriesSet;
import java.util.List;

/// A view of one tenant's samples in the head. Keeps what it has found from being freed until it is
/// closed. Confined to one thread, but for cursors.
final class HeadQuerier implements Querier {
  private final Head head;
  private final TenantHead tenant;
  private final ReadEpochs.Epoch epoch;
  private final long minTimeMs;
  private final long maxTimeMs;
  private final QueryControl control;
  private long reservedBytes;
  private boolean isClosed;

  HeadQuerier(Head head, TenantHead tenant, long minTimeMs, long maxTimeMs, QueryControl control) {
    this.head = head;
    this.tenant = tenant;
    this.epoch = tenant.epochs().enter();
    this.minTimeMs = minTimeMs;
    this.maxTimeMs = maxTimeMs;
    this.control = control;
  }

  @Override
  public SeriesSet select(SelectHints hints, List<LabelMatcher> matchers) {
    int[] slots = tenant.select(matchers, control);
    reservedBytes += (long) slots.length * Integer.BYTES;
    if (hints.isSorted()) {
      tenant.index().sort(slots);
    }
    return new HeadSeriesSet(
        head,
        tenant,
        slots,
        hints.isSorted() || slots.length < 2,
        Math.max(minTimeMs, hints.startMs()),
        Math.min(maxTimeMs, hints.endMs()),
        control);
  }

  @Override
  public List<String> labelNames(List<LabelMatcher> matchers, int limit) {
    return canHaveSamples() ? tenant.index().labelNames(matchers, limit, control) : List.of();
  }

  @Override
  public List<String> labelValues(String name, List<LabelMatcher> matchers, int limit) {
    return canHaveSamples()
        ? tenant.index().labelValues(name, matchers, limit, control)
        : List.of();
  }

  @Override
  public void close() {
    if (!isClosed) {
      isClosed = true;
      try {
        control.budget().release(reservedBytes);
      } finally {
        tenant.epochs().leave(epoch);
      }
    }
  }

  private boolean canHaveSamples() {
    return minTimeMs <= tenant.maxTimeMs() && maxTimeMs >= tenant.minTimeMs();
  }
}
