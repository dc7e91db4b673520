package io.pallium.tsdb.head;

import io.pallium.base.HotPath;
import io.pallium.model.Labels;
import io.pallium.storage.QueryControl;
import io.pallium.storage.SampleCursor;
import io.pallium.storage.SeriesSet;
import io.pallium.tsdb.deletion.UndeletedCursor;

/// Series of one tenant in the head, by their slots; those without a sample in the range are left
/// out. Confined to one thread, but for the cursors.
@HotPath
final class HeadSeriesSet implements SeriesSet {
  private static final int CHECK_EVERY = 256;

  private final Head head;
  private final TenantHead tenant;
  private final int[] slots;
  private final boolean isSorted;
  private final long minTimeMs;
  private final long maxTimeMs;
  private final QueryControl control;
  private int at = -1;

  HeadSeriesSet(
      Head head,
      TenantHead tenant,
      int[] slots,
      boolean isSorted,
      long minTimeMs,
      long maxTimeMs,
      QueryControl control) {
    this.head = head;
    this.tenant = tenant;
    this.slots = slots;
    this.isSorted = isSorted;
    this.minTimeMs = minTimeMs;
    this.maxTimeMs = maxTimeMs;
    this.control = control;
  }

  @Override
  public boolean isSorted() {
    return isSorted;
  }

  @Override
  public boolean next() {
    while (++at < slots.length) {
      if (at % CHECK_EVERY == 0) {
        control.check();
      }
      if (head.canHaveSamples(slots[at], minTimeMs, maxTimeMs)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public Labels labels() {
    return tenant.labels(slots[at]);
  }

  @Override
  public SampleCursor samples() {
    SampleCursor all = new HeadCursor(head, slots[at], minTimeMs, maxTimeMs, control);
    return UndeletedCursor.of(all, tenant.tombstones().of(slots[at]), control);
  }
}
